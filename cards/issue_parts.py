"""Builds the parts of an issue card, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.jira.adf.reader import read_adf
from bot.jira.models import Adf, Attachment, Comment, IssueRef, Status, StatusCategory, issue_key
from bot.language import mark, tr, trn
from cards import dates
from cards.elements import (
    Part,
    Tone,
    action_set,
    callout,
    column,
    columns,
    constant,
    container,
    dot,
    hidden,
    rich,
    run,
    space,
    toggle,
)
from cards.issue_view import IssueView, SizeTier
from cards.numbers import format_number
from cards.pictures import initials, priority_icon, type_icon
from cards.rich_text import draw

_SIGNS = {StatusCategory.IN_PROGRESS: ("◐", "Accent"), StatusCategory.DONE: ("●", "Good")}
_UNITS = (mark("{amount} bytes"), mark("{amount} KB"), mark("{amount} MB"))
MAX_NAME = 60
DOT = " · "


def banner(notice: str, problem: str) -> Iterator[Part]:
    """Build the report of the last press."""
    tones: tuple[tuple[str, Tone], ...] = ((problem, "attention"), (notice, "good"))
    for text, tone in tones:
        if text:
            yield callout([rich(run(text, limit=400))], tone)


def head(view: IssueView, tier: SizeTier, *, show_site: bool) -> list[Part]:
    """Build the type, key, status and summary."""
    issue = view.issue
    line = [run(issue.type.name, subtle=True, size="Small", limit=MAX_NAME), dot()] if issue.type else []
    line.append(run(view.key or issue.key, size="Small", limit=40, url=view.url))
    if show_site:
        line += [dot(), run(view.site.name, subtle=True, size="Small", limit=MAX_NAME)]
    name = column([rich(*line)], align="Center", spacing="Small")
    state = column([rich(*status(issue.status), align="Right")], width="auto", align="Center")
    icon = [column([type_icon(issue.type.name)], width="auto", align="Center")] if issue.type else []
    return [
        columns(*icon, name, state),
        rich(
            run(issue.summary or tr("(no summary)"), limit=tier.summary, bold=True, size="Large", url=view.url),
            spacing="Small",
        ),
    ]


def status(shown: Status, *, bold: bool = True) -> list[Part]:
    """Build a status: the sign of its category, told apart by shape and colour, and its name.

    The name is in the colour of text, which is legible on every background.
    """
    name = run(shown.name or tr("no status"), limit=40, bold=bold, size="Small")
    return [_sign(shown.category), space("\u00a0"), name]


@constant
def _sign(category: StatusCategory) -> Part:
    sign, color = _SIGNS.get(category, ("○", ""))
    return run(sign, color=color, size="Small", bold=True, subtle=not color)


def people_and_priority(view: IssueView) -> Part:
    """Build the line of the assignee and the priority."""
    issue = view.issue
    cells = []
    if issue.assignee:
        cells.append(column([initials(issue.assignee.name)], width="auto", align="Center"))
        name = run(issue.assignee.name, limit=MAX_NAME)
    else:
        name = _unassigned(tr("Unassigned"))
    cells.append(column([rich(name)], align="Center", spacing="Small"))
    if issue.priority:
        icon = priority_icon(issue.priority.name)
        if icon:
            cells.append(column([icon], width="auto", align="Center"))
        words = [rich(run(issue.priority.name, limit=MAX_NAME))]
        cells.append(column(words, width="auto", align="Center", spacing="Small"))
    return columns(*cells, spacing="Small")


@constant
def _unassigned(word: str) -> Part:
    return run(word, subtle=True)


def facts(view: IssueView, tier: SizeTier) -> Iterator[Part]:
    """Build the fields that have a value: short ones two in a row, then those that need a row of their own."""
    cells = list(_short_facts(view))
    if cells:
        left, right = column(cells[::2]), column(cells[1::2])
        yield columns(left, right, spacing="Small")
    yield from _long_facts(view, tier)


def _short_facts(view: IssueView) -> Iterator[Part]:
    issue = view.issue
    if issue.reporter:
        yield _fact(tr("Reporter"), run(issue.reporter.name, limit=MAX_NAME, size="Small"))
    if issue.updated:
        words = dates.format_moment(issue.updated, zone=view.zone, now=view.now, name_zone=view.shared)
        yield _fact(tr("Updated"), run(words, size="Small"))
    if issue.due:
        done = issue.status.category is StatusCategory.DONE
        words, late = dates.format_due_date(issue.due, zone=view.zone, now=view.now, done=done)
        yield _fact(tr("Due"), run(words, bold=late, color="Attention" if late else "", size="Small"))
    if issue.resolution:
        yield _fact(tr("Resolution"), run(issue.resolution.name, limit=MAX_NAME, size="Small"))
    if issue.sprint:
        yield _fact(tr("Sprint"), run(issue.sprint, limit=MAX_NAME, size="Small"))
    if issue.story_points is not None:
        points = issue.story_points
        shown = format_number(int(points) if points.is_integer() else points)
        yield _fact(tr("Story points"), run(shown, size="Small"))


def _long_facts(view: IssueView, tier: SizeTier) -> Iterator[Part]:
    issue = view.issue
    if issue.parent:
        yield _fact(tr("Parent"), *_ref(view, issue.parent, keys_only=view.shared, size="Small"))
    if issue.labels and tier.labels:
        yield _fact(tr("Labels"), run(_labels(issue.labels, tier.labels), limit=160, size="Small"))
    if issue.fix_versions:
        names = ", ".join(version.name[:MAX_NAME] for version in issue.fix_versions[:6])
        yield _fact(tr("Fix versions"), run(names, limit=120, size="Small"))
    if issue.security_level:
        yield _fact(tr("Restricted to"), run(issue.security_level.name, limit=MAX_NAME, size="Small"))


def _fact(label: str, *value: Part) -> Part:
    return rich(_label(label), space("  "), *value, spacing="Small")


@constant
def _label(text: str) -> Part:
    return run(text, subtle=True, size="Small")


def _labels(labels: Sequence[str], max_labels: int) -> str:
    shown = ", ".join(label[:MAX_NAME] for label in labels[:max_labels])
    more = len(labels) - max_labels
    if more <= 0:
        return shown
    return trn("{labels} and {count} more", "{labels} and {count} more", more, labels=shown)


def _ref(view: IssueView, ref: IssueRef, *, keys_only: bool, size: str = "") -> list[Part]:
    """Build a reference to another issue. `keys_only`: readers may lack permission to see it."""
    key = issue_key(ref.key) or ""
    parts = [run(key or ref.key, limit=40, url=view.site.browse(key) if key else "", size=size)]
    if not keys_only:
        if ref.summary:
            parts += [space(), run(ref.summary, limit=80, size=size)]
        if ref.status and ref.status.name:
            parts += [space("  "), *status(ref.status, bold=False)]
    return parts


def description(view: IssueView, tier: SizeTier) -> Iterator[Part]:
    """Build the beginning of the description."""
    blocks = read_adf(view.issue.description)
    parts, cut = draw(blocks, chars=tier.description, lines=tier.description_lines, spacing="Medium")
    yield from parts
    if cut:
        yield rich(run(tr("Show more in Jira"), size="Small", url=view.url), spacing="Small")


def last_comment(view: IssueView, tier: SizeTier) -> Iterator[Part]:
    """Build the newest comment that all readers may see."""
    if view.comments and tier.comment:
        yield container(comment_parts(view, view.comments[-1], tier), spacing="Large")


def comment_parts(view: IssueView, comment: Comment, tier: SizeTier) -> list[Part]:
    """Build a comment: author, time and text."""
    author = run(comment.author.name if comment.author else tr("Someone"), limit=MAX_NAME, bold=True, size="Small")
    line = [author]
    if comment.created:
        words = dates.format_moment(comment.created, zone=view.zone, now=view.now, name_zone=view.shared)
        line += [dot(), run(words, subtle=True, size="Small")]
    if comment.restricted:
        words = tr("internal note") if view.issue.in_service_project else tr("restricted")
        line += [dot(), run(words, color="Attention", size="Small")]
    elif view.issue.in_service_project:
        line += [dot(), run(tr("visible to the customer"), subtle=True, size="Small")]
    return [rich(*line), *_text(comment.body, tier)]


def _text(doc: Adf | None, tier: SizeTier) -> list[Part]:
    parts, cut = draw(read_adf(doc), chars=tier.comment, lines=tier.comment_lines)
    return [*parts, rich(run("…", subtle=True), spacing="None")] if cut else parts


def sections(view: IssueView, tier: SizeTier) -> Iterator[Part]:
    """Build subtasks, links, files and earlier comments, each hidden until its button is pressed."""
    folded = [(title, name, rows) for title, name, rows in _sections(view, tier) if rows]
    if not folded:
        return
    yield action_set((toggle(title, name) for title, name, _ in folded), spacing="Medium")
    for _, name, rows in folded:
        yield hidden(container(rows, style="emphasis", spacing="Small"), name)


def _sections(view: IssueView, tier: SizeTier) -> Iterator[tuple[str, str, list[Part]]]:
    """Yield each section's title, id and rows."""
    issue = view.issue
    if tier.rows:
        subtasks = [_subtask(view, ref) for ref in issue.subtasks[: tier.rows]]
        total = len(issue.subtasks)
        yield tr("Subtasks ({count})", count=format_number(total)), "subtasks", _more(view, subtasks, total)
        links = [_link(view, ref) for ref in issue.links[: tier.rows]]
        total = len(issue.links)
        yield tr("Links ({count})", count=format_number(total)), "links", _more(view, links, total)
        files = [_file(file) for file in issue.attachments[: tier.rows]]
        total = len(issue.attachments)
        yield tr("Files ({count})", count=format_number(total)), "files", _more(view, files, total)
    earlier = view.comments[:-1][-tier.more_comments :] if tier.more_comments else ()
    rows = [part for comment in reversed(earlier) for part in comment_parts(view, comment, tier)]
    yield tr("Earlier comments"), "comments", rows


def _subtask(view: IssueView, ref: IssueRef) -> Part:
    return rich(*_ref(view, ref, keys_only=False), spacing="Small")


def _link(view: IssueView, ref: IssueRef) -> Part:
    return rich(run(ref.relation, subtle=True, limit=40), space(), *_ref(view, ref, keys_only=view.shared))


def _file(file: Attachment) -> Part:
    return rich(run(file.name, limit=80), dot(), run(_bytes(file.size), subtle=True, size="Small"))


def _more(view: IssueView, rows: list[Part], total: int) -> list[Part]:
    more = total - len(rows)
    if more > 0:
        # i18n: subtasks, links or files
        words = trn("and {count} more in Jira", "and {count} more in Jira", more)
        return [*rows, rich(run(words, size="Small", url=view.url), spacing="Small")]
    return rows


def _bytes(count: int) -> str:
    amount = float(max(count, 0))
    for unit in _UNITS:
        if amount < 1024:
            return tr(unit, amount=format_number(round(amount)))
        amount /= 1024
    return tr("{amount} GB", amount=format_number(amount))


def counts(view: IssueView) -> Iterator[Part]:
    """Build the numbers of watchers, votes and comments. Only a card for one person says what is theirs."""
    issue = view.issue
    words = []
    if issue.watch_count:
        words.append(trn("{n} watching", "{n} watching", issue.watch_count, n=format_number(issue.watch_count)))
    if issue.vote_count:
        words.append(trn("{n} vote", "{n} votes", issue.vote_count, n=format_number(issue.vote_count)))
    if issue.comment_count and not view.shared:
        words.append(trn("{n} comment", "{n} comments", issue.comment_count, n=format_number(issue.comment_count)))
    if issue.watching and not view.shared:
        words.append(tr("you're watching"))
    if issue.voted and not view.shared:
        words.append(tr("you voted"))
    if words:
        yield rich(run(DOT.join(words), subtle=True, size="Small"), spacing="Small")

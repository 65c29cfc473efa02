"""The parts of an issue card, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.jira.adf.reader import read_adf
from bot.jira.models import Adf, Comment, IssueRef, Status, StatusCategory, issue_key
from bot.language import mark, tr, trn
from cards import dates
from cards.elements import (
    Part,
    action_set,
    column,
    columns,
    container,
    dot,
    hidden,
    rich,
    run,
    space,
    toggle,
)
from cards.issue_view import IssueView, Room
from cards.numbers import number
from cards.rich_text import draw

_COLORS = {StatusCategory.IN_PROGRESS: "Accent", StatusCategory.DONE: "Good"}
_UNITS = (mark("{amount} bytes"), mark("{amount} KB"), mark("{amount} MB"))
NAME = 60
DOT = " · "


def banner(notice: str, problem: str) -> Iterator[Part]:
    """What became of the last press, in words."""
    for text, style in ((problem, "attention"), (notice, "good")):
        if text:
            yield container([rich(run(text, limit=400))], style=style, bleed=True)


def head(view: IssueView, room: Room, *, show_site: bool) -> list[Part]:
    """Type, key, status, summary."""
    issue = view.issue
    line = [run(issue.type.name, subtle=True, size="Small", limit=NAME), dot()] if issue.type else []
    line.append(run(view.key or issue.key, size="Small", limit=40, url=view.url))
    if show_site:
        line += [dot(), run(view.site.name, subtle=True, size="Small", limit=NAME)]
    return [
        columns(
            column([rich(*line)], align="Center"),
            column([rich(*status(issue.status), align="Right")], width="auto", align="Center"),
        ),
        rich(
            run(issue.summary or tr("(no summary)"), limit=room.summary, bold=True, size="Large", url=view.url),
            spacing="Small",
        ),
    ]


def status(shown: Status, *, bold: bool = True) -> list[Part]:
    """A status with a dot in the colour of its category. The name stays in the colour of text, which can be
    read on every background; it says what the dot says."""
    bullet = run("●", color=_COLORS.get(shown.category, ""), size="Small", subtle=shown.category not in _COLORS)
    return [bullet, space("\u00a0"), run(shown.name or tr("no status"), limit=40, bold=bold, size="Small")]


def facts(view: IssueView, room: Room) -> Iterator[Part]:
    """The fields, two in a row: what does not fit a phone's width wraps inside its cell."""
    cells = list(_facts(view, room))
    for left, right in zip(cells[::2], [*cells[1::2], None], strict=False):
        yield columns(column(left), column(right or []), spacing="Small")


def _facts(view: IssueView, room: Room) -> Iterator[list[Part]]:
    issue = view.issue
    assignee = issue.assignee
    nobody = run(tr("Unassigned"), subtle=True)
    yield _fact(tr("Assignee"), run(assignee.name, limit=NAME) if assignee else nobody)
    # i18n: none: an issue without priority
    yield _fact(tr("Priority"), run(issue.priority.name if issue.priority else tr("none"), limit=NAME))
    if issue.reporter:
        yield _fact(tr("Reporter"), run(issue.reporter.name, limit=NAME))
    if issue.updated:
        words = dates.moment(issue.updated, zone=view.zone, now=view.now, name_zone=view.shared)
        yield _fact(tr("Updated"), run(words))
    if issue.due:
        done = issue.status.category is StatusCategory.DONE
        words, late = dates.due(issue.due, zone=view.zone, now=view.now, done=done)
        yield _fact(tr("Due"), run(words, bold=late, color="Attention" if late else ""))
    if issue.resolution:
        yield _fact(tr("Resolution"), run(issue.resolution.name, limit=NAME))
    if issue.parent:
        yield _fact(tr("Parent"), *_ref(view, issue.parent, keys_only=view.shared))
    if issue.sprint:
        yield _fact(tr("Sprint"), run(issue.sprint, limit=NAME))
    if issue.story_points is not None:
        points = issue.story_points
        yield _fact(tr("Story points"), run(number(int(points) if points.is_integer() else points)))
    if issue.fix_versions:
        yield _fact(tr("Fix versions"), run(", ".join(v.name[:NAME] for v in issue.fix_versions[:6]), limit=120))
    if issue.labels and room.labels:
        yield _fact(tr("Labels"), run(_labels(issue.labels, room.labels), limit=160))
    if issue.security_level:
        yield _fact(tr("Restricted to"), run(issue.security_level.name, limit=NAME))


def _fact(label: str, *value: Part) -> list[Part]:
    return [_label(label), rich(*value, spacing="None")]


@lru_cache(maxsize=64)
def _label(text: str) -> Part:
    """One object for all cards: nobody changes a part after it was made."""
    return rich(run(text, subtle=True, size="Small"))


def _labels(labels: Sequence[str], most: int) -> str:
    shown = ", ".join(label[:NAME] for label in labels[:most])
    more = len(labels) - most
    if more <= 0:
        return shown
    return trn("{labels} and {count} more", "{labels} and {count} more", more, labels=shown)


def _ref(view: IssueView, ref: IssueRef, *, keys_only: bool) -> list[Part]:
    """Another issue. `keys_only` where its own permissions may differ from those of the issue shown."""
    key = issue_key(ref.key) or ""
    parts = [run(key or ref.key, limit=40, url=view.site.browse(key) if key else "")]
    if not keys_only:
        if ref.summary:
            parts += [space(), run(ref.summary, limit=80)]
        if ref.status and ref.status.name:
            parts += [space("  "), *status(ref.status, bold=False)]
    return parts


def description(view: IssueView, room: Room) -> Iterator[Part]:
    """The beginning of the description."""
    parts, cut = draw(read_adf(view.issue.description), chars=room.description, lines=room.description_lines)
    if parts:
        parts[0] = {**parts[0], "spacing": "Medium"}
    yield from parts
    if cut:
        yield rich(run(tr("Show more in Jira"), size="Small", url=view.url), spacing="Small")


def last_comment(view: IssueView, room: Room) -> Iterator[Part]:
    """The newest comment that everybody here may read."""
    if view.comments and room.comment:
        yield container(comment_parts(view, view.comments[-1], room), spacing="Medium") | {"separator": True}


def comment_parts(view: IssueView, comment: Comment, room: Room) -> list[Part]:
    """Who said when what."""
    who = run(comment.author.name if comment.author else tr("Someone"), limit=NAME, bold=True, size="Small")
    line = [who]
    if comment.created:
        words = dates.moment(comment.created, zone=view.zone, now=view.now, name_zone=view.shared)
        line += [dot(), run(words, subtle=True, size="Small")]
    if comment.restricted:
        line += [dot(), run(tr("restricted"), color="Attention", size="Small")]
    return [rich(*line), *_text(comment.body, room)]


def _text(doc: Adf | None, room: Room) -> list[Part]:
    parts, cut = draw(read_adf(doc), chars=room.comment, lines=room.comment_lines)
    return [*parts, rich(run("…", subtle=True), spacing="None")] if cut else parts


def sections(view: IssueView, room: Room) -> Iterator[Part]:
    """Subtasks, links, files and earlier comments: a button each, folded away until it is pressed."""
    folded = [(title, name, rows) for title, name, rows in _sections(view, room) if rows]
    if not folded:
        return
    yield action_set((toggle(title, name) for title, name, _ in folded), spacing="Medium")
    for _, name, rows in folded:
        yield hidden(container(rows, style="emphasis", spacing="Small"), name)


def _sections(view: IssueView, room: Room) -> Iterator[tuple[str, str, list[Part]]]:
    issue = view.issue
    if room.rows:
        subtasks = [
            rich(*_ref(view, ref, keys_only=False), spacing="Small") for ref in issue.subtasks[: room.rows]
        ]
        yield (
            tr("Subtasks ({count})", count=number(len(issue.subtasks))),
            "subtasks",
            _more(view, subtasks, len(issue.subtasks)),
        )
        links = [
            rich(run(ref.relation, subtle=True, limit=40), space(), *_ref(view, ref, keys_only=view.shared))
            for ref in issue.links[: room.rows]
        ]
        yield tr("Links ({count})", count=number(len(issue.links))), "links", _more(view, links, len(issue.links))
        files = [
            rich(run(file.name, limit=80), dot(), run(_bytes(file.size), subtle=True, size="Small"))
            for file in issue.attachments[: room.rows]
        ]
        yield (
            tr("Files ({count})", count=number(len(issue.attachments))),
            "files",
            _more(view, files, len(issue.attachments)),
        )
    earlier = view.comments[:-1][-room.more_comments :] if room.more_comments else ()
    rows = [part for comment in reversed(earlier) for part in comment_parts(view, comment, room)]
    yield tr("Earlier comments"), "comments", rows


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
            return tr(unit, amount=number(round(amount)))
        amount /= 1024
    return tr("{amount} GB", amount=number(amount))


def counts(view: IssueView) -> Iterator[Part]:
    """Watchers and votes; whether the reader is among them only where nobody else reads along."""
    issue = view.issue
    words = []
    if issue.watch_count:
        words.append(trn("{n} watching", "{n} watching", issue.watch_count, n=number(issue.watch_count)))
    if issue.vote_count:
        words.append(trn("{n} vote", "{n} votes", issue.vote_count, n=number(issue.vote_count)))
    if issue.comment_count and not view.shared:
        words.append(trn("{n} comment", "{n} comments", issue.comment_count, n=number(issue.comment_count)))
    if issue.watching and not view.shared:
        words.append(tr("you're watching"))
    if issue.voted and not view.shared:
        words.append(tr("you voted"))
    if words:
        yield rich(run(DOT.join(words), subtle=True, size="Small"), spacing="Small")

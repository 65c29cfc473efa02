"""What a conversation is told about issues by itself: one event, a burst of them, and who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.jira.models import Issue, Site, Transition, issue_key
from bot.language import tr, trn
from cards import issue_parts
from cards.base import ActionSigner, Card
from cards.elements import Part, action_set, card, container, dot, execute, heading, rich, run, say, space
from cards.issue import HEADLINE, own_view, summary
from cards.issue_actions import main_actions
from cards.issue_view import IssueView, Room
from cards.numbers import number
from cards.size import fit

_ROOMS = (
    Room(description=300, description_lines=4, transitions=10),
    Room(summary=160, description=120, description_lines=2, transitions=6),
    Room(summary=80, description=0, transitions=3, facts=False),
)
DIGEST_ROWS = 12


def notification_card(
    issue: Issue,
    *,
    site: Site,
    headline: str,
    sign: ActionSigner,
    zone: tzinfo,
    now: datetime,
    transitions: Sequence[Transition] = (),
    description: bool = False,
    shared: bool = True,
    refresh_for: Sequence[str] = (),
) -> Card:
    """One event of an issue: `headline` says who did what ("Megan Bowen created a bug").

    Everything else is as on a shared issue card; so is `refresh_for`.
    """
    view = IssueView(issue, site, transitions, sign, zone, now, shared)

    def build(room: Room) -> Card:
        body = [rich(run(headline, limit=HEADLINE, subtle=True))]
        body += issue_parts.head(view, room, show_site=False)
        if room.facts:
            body.append(_facts(view))
        if description and room.description:
            body += issue_parts.description(view, room)
        made = card(body, main_actions(view, room.transitions), summary=f"{headline[:120]}: {summary(issue)}")
        if refresh_for:
            made["refresh"] = own_view(view, refresh_for, headline)
        return made

    return fit(build, _ROOMS)


def _facts(view: IssueView) -> Part:
    issue = view.issue
    words = [run(issue.assignee.name if issue.assignee else tr("unassigned"), limit=60, size="Small")]
    if issue.priority:
        words += [dot(), run(tr("{priority} priority", priority=issue.priority.name[:40]), size="Small")]
    return rich(*words, spacing="Small")


@dataclass(frozen=True, slots=True)
class DigestRow:
    """One issue of a digest: what happened to it, in words, and how many events that was."""

    key: str
    summary: str
    what: str
    count: int = 1
    site: str = ""
    """The cloud id of its site."""


def digest_card(title: str, rows: Sequence[DigestRow], *, sign: ActionSigner, more: int = 0) -> Card:
    """Many events in one card; a row opens its issue. `more` counts the changes that no row tells."""

    def build(most: int) -> Card:
        body: list[Part] = [heading(title)]
        body += [_digest_row(row, sign) for row in rows[:most]]
        left = more + sum(row.count for row in rows[most:])
        if left:
            words = trn("and {n} more change", "and {n} more changes", left, n=number(left))
            body.append(rich(run(words, subtle=True)))
        return card(body, summary=title)

    return fit(build, (DIGEST_ROWS, 6, 2))


def _digest_row(row: DigestRow, sign: ActionSigner) -> Part:
    key = issue_key(row.key) or ""
    name = run(key or row.key, bold=True, limit=40, color="Accent" if key else "")
    what = row.what[:120]
    if row.count > 1:
        what = trn("{what} ({n} change)", "{what} ({n} changes)", row.count, what=what, n=number(row.count))
    lines = [
        rich(name, space("  "), run(row.summary, limit=120)),
        rich(run(what, subtle=True, size="Small"), spacing="None"),
    ]
    made = container(lines, spacing="Small") | {"separator": True}
    if key:
        made["selectAction"] = execute(
            tr("Open {key}", key=key), "issue.show", sign("issue.show", issue=key, site=row.site, own="1")
        )
    return made


def suspended_card(text: str, ids: Sequence[str], *, sign: ActionSigner) -> Card:
    """Subscriptions that stopped by themselves, and the button for somebody else to go on with them."""
    body = [container([rich(run(text, limit=600))], style="warning", bleed=True)]
    data = sign("subscription.takeover", subscription=",".join(ids))
    return card(body, [execute(tr("Take over"), "subscription.takeover", data)], summary=text)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One subscription of a conversation, in words: what of ("PROJ where priority = High"), which events."""

    id: str
    what: str
    events: str
    paused: bool = False
    problem: str = ""


def subscriptions_card(rows: Sequence[SubscriptionRow], *, sign: ActionSigner, notice: str = "") -> Card:
    """The subscriptions of a conversation, each with its own pause or resume, edit and remove; one that stopped by
    itself can be taken over. `notice` says what became of the last press."""

    title = tr("Subscriptions")

    def build(most: int) -> Card:
        if not rows:
            words = tr("No subscriptions here yet.")
            return card(
                [heading(title), rich(run(words), spacing="Small")], [say("subscribe PROJ")], summary=title
            )
        body = [*issue_parts.banner(notice, ""), heading(title)]
        body += [_subscription(row, sign) for row in rows[:most]]
        more = len(rows) - most
        if more > 0:
            words = trn("and {subscriptions} more", "and {subscriptions} more", more, subscriptions=more)
            body.append(rich(run(words, subtle=True)))
        return card(body, summary=title)

    return fit(build, (10, 5, 2))


def _subscription(row: SubscriptionRow, sign: ActionSigner) -> Part:
    lines = [rich(run(row.what, bold=True, limit=200))]
    detail = [run(row.events, subtle=True, size="Small", limit=240)]
    if row.paused:
        detail += [dot(), run(tr("paused"), bold=True, size="Small")]
    lines.append(rich(*detail, spacing="None"))
    if row.problem:
        lines.append(rich(run(row.problem, color="Attention", size="Small", limit=200), spacing="None"))
    buttons = [
        _going_on(row, sign),
        execute(tr("Edit"), "subscription.edit", sign("subscription.edit", subscription=row.id)),
        execute(tr("Remove"), "subscription.remove", sign("subscription.remove", subscription=row.id)),
    ]
    return container([*lines, action_set(buttons, spacing="Small")], spacing="Large") | {"separator": True}


def _going_on(row: SubscriptionRow, sign: ActionSigner) -> Part:
    if row.problem:
        data = sign("subscription.takeover", subscription=row.id, listed="1")
        return execute(tr("Take over"), "subscription.takeover", data)
    verb = "subscription.resume" if row.paused else "subscription.pause"
    return execute(tr("Resume") if row.paused else tr("Pause"), verb, sign(verb, subscription=row.id))

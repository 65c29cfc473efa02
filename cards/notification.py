"""Cards of notifications in a conversation: one event, a digest, and the subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.jira.models import Issue, Site, Transition
from bot.language import tr, trn
from cards import issue_parts
from cards.base import ActionSigner, Card
from cards.elements import Part, action_set, callout, card, container, dot, execute, heading, rich, run, say, space
from cards.issue import MAX_HEADLINE, refresh_own_view, summarise
from cards.issue_actions import main_actions
from cards.issue_rows import issue_row, key_run
from cards.issue_view import IssueView, SizeTier
from cards.numbers import format_number
from cards.restricted import restricted_card
from cards.size import fit

_SIZE_TIERS = (
    SizeTier(description=300, description_lines=4, transitions=10),
    SizeTier(summary=160, description=120, description_lines=2, transitions=6),
    SizeTier(summary=80, description=0, transitions=3, facts=False),
)
MAX_DIGEST_ROWS = 12


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
    including_restricted: bool = False,
    refresh_for: Sequence[str] = (),
) -> Card:
    """Build the card of one event. `headline` says who did what ("Megan Bowen created a bug").

    The rest is as on a shared issue card (`cards.issue.issue_card`).
    """
    view = IssueView(issue, site, transitions, sign, zone, now, shared, including_restricted=including_restricted)
    if view.hides_content:
        return restricted_card(view, refresh_for=refresh_for)

    def build(tier: SizeTier) -> Card:
        body = [rich(run(headline, limit=MAX_HEADLINE, subtle=True))]
        body += issue_parts.head(view, tier, show_site=False)
        if tier.facts:
            body.append(issue_parts.people_and_priority(view))
        if description and tier.description:
            body += issue_parts.description(view, tier)
        summary = f"{headline[:120]}: {summarise(issue)}"
        refresh = refresh_own_view(view, refresh_for, headline)
        return card(body, main_actions(view, tier.transitions), summary=summary, refresh=refresh)

    return fit(build, _SIZE_TIERS)


@dataclass(frozen=True, slots=True)
class DigestRow:
    """One issue of a digest: a description of its events, and their number."""

    key: str
    summary: str
    what: str
    count: int = 1
    site: str = ""
    """The cloud id of its site."""


def digest_card(title: str, rows: Sequence[DigestRow], *, sign: ActionSigner, more: int = 0) -> Card:
    """Build a card of many events; a row opens its issue. `more` counts the events that are in no row."""

    def build(max_rows: int) -> Card:
        body: list[Part] = [heading(title)]
        body += [_digest_row(row, sign) for row in rows[:max_rows]]
        left = more + sum(row.count for row in rows[max_rows:])
        if left:
            words = trn("and {n} more change", "and {n} more changes", left, n=format_number(left))
            body.append(rich(run(words, subtle=True)))
        return card(body, summary=title)

    return fit(build, (MAX_DIGEST_ROWS, 6, 2))


def _digest_row(row: DigestRow, sign: ActionSigner) -> Part:
    what = row.what[:120]
    if row.count > 1:
        what = trn("{what} ({n} change)", "{what} ({n} changes)", row.count, what=what, n=format_number(row.count))
    lines = [
        rich(key_run(row.key), space("  "), run(row.summary, limit=120)),
        rich(run(what, subtle=True, size="Small"), spacing="None"),
    ]
    return issue_row(lines, key=row.key, site=row.site, sign=sign, data={"own": "1"})


def suspended_card(text: str, ids: Sequence[str], *, sign: ActionSigner) -> Card:
    """Build the notice that subscriptions are suspended, with a button to take them over."""
    body = [callout([rich(run(text, limit=600))], "warning")]
    data = sign("subscription.takeover", subscription=",".join(ids))
    return card(body, [execute(tr("Take over"), "subscription.takeover", data)], summary=text)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One subscription of a conversation. `what` is a description such as "PROJ where priority = High"."""

    id: str
    what: str
    events: str
    paused: bool = False
    problem: str = ""


def subscriptions_card(rows: Sequence[SubscriptionRow], *, sign: ActionSigner, notice: str = "") -> Card:
    """Build the list of subscriptions of a conversation, with buttons to pause or resume, edit and remove each.

    A suspended one can be taken over. `notice` reports the result of the last press.
    """
    title = tr("Subscriptions")

    def build(max_rows: int) -> Card:
        if not rows:
            words = tr("No subscriptions here yet.")
            return card(
                [heading(title), rich(run(words), spacing="Small")], [say("subscribe PROJ")], summary=title
            )
        body = [*issue_parts.banner(notice, ""), heading(title)]
        body += [_subscription(row, sign) for row in rows[:max_rows]]
        more = len(rows) - max_rows
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
        _pause_button(row, sign),
        execute(tr("Edit"), "subscription.edit", sign("subscription.edit", subscription=row.id)),
        execute(tr("Remove"), "subscription.remove", sign("subscription.remove", subscription=row.id)),
    ]
    return container([*lines, action_set(buttons, spacing="Small")], spacing="Large")


def _pause_button(row: SubscriptionRow, sign: ActionSigner) -> Part:
    if row.problem:
        data = sign("subscription.takeover", subscription=row.id, listed="1")
        return execute(tr("Take over"), "subscription.takeover", data)
    verb = "subscription.resume" if row.paused else "subscription.pause"
    return execute(tr("Resume") if row.paused else tr("Pause"), verb, sign(verb, subscription=row.id))

"""The issue card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from bot.jira.models import Issue, Site, Transition
from bot.language import tr
from cards import issue_parts
from cards.base import ActionSigner, Card
from cards.elements import Part, action_set, card, execute, refresh_action, rich, run
from cards.issue_actions import main_actions
from cards.issue_view import SIZE_TIERS, IssueView, SizeTier
from cards.restricted import restricted_card
from cards.size import fit
from cards.text import clean

MAX_HEADLINE = 200


def issue_card(
    issue: Issue,
    *,
    site: Site,
    transitions: Sequence[Transition],
    sign: ActionSigner,
    zone: tzinfo,
    now: datetime,
    shared: bool,
    including_restricted: bool = False,
    moved: bool = False,
    show_site: bool = False,
    notice: str = "",
    problem: str = "",
    refresh_for: Sequence[str] = (),
    viewer: str = "",
    headline: str = "",
    back: Mapping[str, str] | None = None,
) -> Card:
    """Build the card of an issue with everything that can be done to it.

    `transitions` are those open to the person whom the card is built for. A card that is `shared` with others
    leaves out restricted comments, the person's own watching and voting, and the text of other issues, whose
    permissions may differ; of an issue with a security level it shows the key alone, unless it is
    `including_restricted`, and so it does of one that has `moved` to another project since the card was posted.
    `notice` and `problem` report the result of the last press. `refresh_for` are the Teams ids of people whose
    clients ask for their own view. `viewer` is the accountId of the only reader of a card that is not shared.
    `headline` is the event that the card is posted for. `back` is the signed data of the button to the list
    from which the issue was opened.
    """
    view = IssueView(issue, site, transitions, sign, zone, now, shared, viewer, including_restricted, moved)
    if view.hides_content:
        return restricted_card(view, refresh_for=refresh_for, done=bool(notice))

    def build(tier: SizeTier) -> Card:
        body: list[Part] = [_back_button(back)] if back else []
        body += issue_parts.banner(notice, problem)
        if headline:
            body.append(rich(run(headline, limit=MAX_HEADLINE, subtle=True)))
        body += issue_parts.head(view, tier, show_site=show_site)
        body.append(issue_parts.people_and_priority(view))
        if tier.facts:
            body += issue_parts.facts(view, tier)
        if tier.description:
            body += issue_parts.description(view, tier)
        body += [*issue_parts.last_comment(view, tier), *issue_parts.sections(view, tier)]
        body += issue_parts.counts(view)
        refresh = refresh_own_view(view, refresh_for, headline)
        return card(body, main_actions(view, tier.transitions), summary=summarise(issue), refresh=refresh)

    return fit(build, SIZE_TIERS)


def refresh_own_view(view: IssueView, people: Sequence[str], headline: str = "") -> Part | None:
    """Build the action by which the clients of `people` (Teams ids) ask for their own view, under `headline`."""
    if not people:
        return None
    more = {"headline": clean(headline, MAX_HEADLINE)} if headline else {}
    return refresh_action("issue.show", view.sign_data("issue.show", **more), people)


def _back_button(data: Mapping[str, str]) -> Part:
    return action_set([execute(tr("Back to the list"), "list.page", data)])


def summarise(issue: Issue) -> str:
    """Return the issue in one line, for places where no card is shown."""
    return f"{issue.key} {issue.summary[:255]} ({issue.status.name[:60]})"

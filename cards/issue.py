"""The issue card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from bot.jira.models import Issue, Site, Transition
from bot.language import tr
from cards import issue_parts
from cards.base import ActionSigner, Card
from cards.elements import Part, action_set, card, execute, refresh, rich, run
from cards.issue_actions import main_actions
from cards.issue_view import ROOMS, IssueView, Room
from cards.size import fit
from cards.text import clean

HEADLINE = 200
"""Characters of a sentence that says what happened."""


def issue_card(
    issue: Issue,
    *,
    site: Site,
    transitions: Sequence[Transition],
    sign: ActionSigner,
    zone: tzinfo,
    now: datetime,
    shared: bool,
    show_site: bool = False,
    notice: str = "",
    problem: str = "",
    refresh_for: Sequence[str] = (),
    viewer: str = "",
    headline: str = "",
    back: Mapping[str, str] | None = None,
) -> Card:
    """An issue with everything that can be done to it.

    `transitions` are those open to whom the card is built for. `shared` says that others read it too: then it
    leaves out restricted comments, the reader's own watching and voting, and the text of other issues, whose
    permissions may differ. `notice` and `problem` say what became of the last press. `refresh_for` are the
    Teams ids of those whose client should ask for its own view. `viewer` is the accountId of the only reader of a
    card that is not `shared`. `headline` says what happened to it, if that is why it is shown. `back` is the data
    of the button to the list that it was opened from.
    """
    view = IssueView(issue, site, transitions, sign, zone, now, shared, viewer)

    def build(room: Room) -> Card:
        body: list[Part] = [_way_back(back)] if back else []
        body += issue_parts.banner(notice, problem)
        if headline:
            body.append(rich(run(headline, limit=HEADLINE, subtle=True)))
        body += issue_parts.head(view, room, show_site=show_site)
        if room.facts:
            body += issue_parts.facts(view, room)
        if room.description:
            body += issue_parts.description(view, room)
        body += [*issue_parts.last_comment(view, room), *issue_parts.sections(view, room)]
        body += issue_parts.counts(view)
        made = card(body, main_actions(view, room.transitions), summary=summary(issue))
        if refresh_for:
            made["refresh"] = own_view(view, refresh_for, headline)
        return made

    return fit(build, ROOMS)


def own_view(view: IssueView, people: Sequence[str], headline: str = "") -> Part:
    """What makes the clients of `people` ask for their own view; the headline stays above it."""
    more = {"headline": clean(headline, HEADLINE)} if headline else {}
    return refresh("issue.show", view.data("issue.show", **more), people)


def _way_back(data: Mapping[str, str]) -> Part:
    return action_set([execute(tr("Back to the list"), "list.page", data)])


def summary(issue: Issue) -> str:
    """The issue in one line, for where no card can be drawn."""
    return f"{issue.key} {issue.summary[:255]} ({issue.status.name[:60]})"

"""The issue card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.jira.models import Issue, Site, Transition
from cards import issue_parts
from cards.base import Card, Mint
from cards.elements import card, refresh
from cards.issue_actions import main_actions
from cards.issue_view import ROOMS, IssueView, Room
from cards.size import fit


def issue_card(
    issue: Issue,
    *,
    site: Site,
    transitions: Sequence[Transition],
    mint: Mint,
    zone: tzinfo,
    now: datetime,
    shared: bool,
    show_site: bool = False,
    notice: str = "",
    problem: str = "",
    refresh_for: Sequence[str] = (),
) -> Card:
    """An issue with everything that can be done to it.

    `transitions` are those open to whom the card is built for. `shared` says that others read it too: then it
    leaves out restricted comments, the reader's own watching and voting, and the text of other issues, whose
    permissions may differ. `notice` and `problem` say what became of the last press. `refresh_for` are the
    Teams ids of those whose client should ask for its own view.
    """
    view = IssueView(issue, site, transitions, mint, zone, now, shared)

    def build(room: Room) -> Card:
        body = [*issue_parts.banner(notice, problem), *issue_parts.head(view, room, show_site=show_site)]
        if room.facts:
            body += issue_parts.facts(view, room)
        if room.description:
            body += issue_parts.description(view, room)
        body += [*issue_parts.last_comment(view, room), *issue_parts.sections(view, room)]
        body += issue_parts.counts(view)
        made = card(body, main_actions(view, room.transitions), summary=summary(issue))
        if refresh_for:
            made["refresh"] = refresh("issue.show", view.data("issue.show"), refresh_for)
        return made

    return fit(build, ROOMS)


def summary(issue: Issue) -> str:
    """The issue in one line, for where no card can be drawn."""
    return f"{issue.key} {issue.summary[:255]} ({issue.status.name[:60]})"

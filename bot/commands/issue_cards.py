"""Issue cards as replies to a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from bot.accounts.model import NotConnectedError
from bot.chat.messages import IssueRef
from bot.commands.errors import USER_ERRORS
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply, Request
from bot.commands.services import CardServices
from bot.jira.disclosure import hides_content
from bot.jira.models import Issue, Transition
from bot.language import tr
from bot.language.time_zones import zone
from bot.security.card_signing import BoundSigner, SignedData
from cards.base import Card
from cards.issue import issue_card
from cards.lists import sign_way_back
from cards.messages import message_card
from cards.restricted import restricted_name

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Reading:
    """An issue as the person sees it. `including_restricted` and `moved`: see `bot.jira.disclosure`."""

    details: Issue
    transitions: Sequence[Transition]
    including_restricted: bool = False
    moved: bool = False


class IssueCards:
    """Builds issue cards for one request.

    `sign` signs buttons for everybody in the conversation, `own_sign` for the person alone.
    """

    __slots__ = ("_own_sign", "_request", "_services", "_sign", "_signed")

    def __init__(
        self,
        request: Request,
        signed: SignedData,
        services: CardServices,
        *,
        sign: BoundSigner,
        own_sign: BoundSigner,
    ) -> None:
        self._request = request
        self._signed = signed
        self._services = services
        self._sign = sign
        self._own_sign = own_sign

    async def show(self, issue: IssueHandle, *, notice: str = "", problem: str = "") -> Reply:
        """Read the issue and show it.

        A press gets two cards: the presser's own, and one for everybody with nothing that only the presser may
        see.
        """
        reading = await self._read(issue)
        shared = not self._request.seen_alone
        card = self._card(issue, reading, notice=notice, problem=problem, shared=shared)
        said = tr("Done.") if notice and shared and self._hides(reading) else notice
        # A card of what was moved away stays one of where it was, whoever presses next.
        about = None if reading.moved else _about(issue, reading.details)
        reply = Reply(card=card, summary=self._summarise(reading), about=about, notice=said)
        if self._request.press is None:
            return reply
        in_place = self._request.conversation.is_personal
        return replace(reply, shared=card if in_place else self._card(issue, reading))

    async def open(self, issue: IssueHandle) -> Reply:
        """Show the issue in place of the card whose button was pressed.

        A row of a list opens for its presser alone where others read along, and leads back to the list.
        """
        if "own" not in self._signed:
            return await self.show(issue)
        reading = await self._read(issue)
        alone = self._request.seen_alone
        back = sign_way_back(self._signed, self._own_sign) if alone else None
        card = self._card(issue, reading, shared=not alone, back=back)
        in_place = self._request.conversation.is_personal
        summary, about = self._summarise(reading), _about(issue, reading.details)
        return Reply(card=card, shared=card if in_place else None, summary=summary, about=about)

    async def own_view(self, issue: IssueHandle) -> Reply:
        """Show one viewer's view of a shared card. They did not ask, so it is not what “it” means to them."""
        reading = _Reading(*await issue.jira.issue_and_transitions(issue.key))
        card = self._card(issue, reading, shared=False, headline=self._signed.get("headline", ""))
        return Reply(card=card, summary=self._summarise(reading))

    async def hides_content(self, issue: IssueHandle) -> bool:
        """Whether an answer that others read may say nothing of the issue. Jira is asked only if others do."""
        if self._request.seen_alone:
            return False
        details = await issue.jira.issue(issue.key)
        return self._hides(_Reading(details, (), await self._is_restricted_wanted(issue, details)))

    async def after_write(
        self, issue: IssueHandle, notice: str, summary: str = "", *, created: bool = False
    ) -> Reply:
        """Show the issue after a write that Jira has taken; failing to read it must not look like a failed write.

        `summary` names the issue, for places where its card is not in view. `created`: no older card shows the
        issue, so post a message if it cannot be read.
        """
        try:
            reply = await self.show(issue, notice=notice)
        except (*USER_ERRORS, NotConnectedError) as error:
            log.info("issue not shown", error=type(error).__name__)
            if summary:
                hidden = tr("It can't be shown right now.")
            else:
                hidden = tr("{key} can't be shown right now.", key=issue.key)
            card = message_card(f"{summary or notice} {hidden}", "good")
            return Reply(card=card, shared=card if created else None, summary=summary or notice, notice=notice)
        return replace(reply, summary=summary) if summary and self._request.press is not None else reply

    async def _read(self, issue: IssueHandle) -> _Reading:
        details, transitions = await issue.jira.issue_and_transitions(issue.key)
        request, services = self._request, self._services
        cloud_id = issue.jira.site.cloud_id
        services.last_issue.remember(request.person, request.conversation, details.key, cloud_id)
        services.viewers.add(request.conversation, request.teams_id)
        await services.viewers.load(request.conversation)
        is_wanted = await self._is_restricted_wanted(issue, details)
        return _Reading(details, transitions, is_wanted, await self._has_left(issue, details))

    async def _has_left(self, issue: IssueHandle, details: Issue) -> bool:
        """Whether a shared card was pressed whose issue has been moved to another project since."""
        request = self._request
        if request.press is None or request.conversation.is_personal:
            return False
        card_id = self._signed.get("card") or request.press.card_id
        posted = await self._services.last_issue.of_post(request.conversation, card_id) if card_id else None
        keys = [issue.key, *([posted.issue] if posted else [])]
        return any(key.rpartition("-")[0] != details.project_key for key in keys)

    async def _is_restricted_wanted(self, issue: IssueHandle, details: Issue) -> bool:
        conversation = self._request.conversation
        if not details.secured or conversation.is_personal:
            return False
        cloud_id = issue.jira.site.cloud_id
        return await self._services.restricted_content.is_wanted(conversation, cloud_id, details)

    def _hides(self, reading: _Reading) -> bool:
        return hides_content(
            secured=reading.details.secured,
            shared=not self._request.conversation.is_personal,
            including_restricted=reading.including_restricted,
            moved=reading.moved,
        )

    def _summarise(self, reading: _Reading) -> str:
        """Return the issue in one line; it goes along with the card that everybody in the conversation sees."""
        details = reading.details
        if reading.moved:
            return details.key
        return restricted_name(details) if self._hides(reading) else f"{details.key} {details.summary}"

    def _card(
        self,
        issue: IssueHandle,
        reading: _Reading,
        *,
        shared: bool = True,
        notice: str = "",
        problem: str = "",
        headline: str = "",
        back: Mapping[str, str] | None = None,
    ) -> Card:
        user = issue.account.user
        return issue_card(
            reading.details,
            site=issue.jira.site,
            transitions=reading.transitions,
            sign=self._sign if shared else self._own_sign,
            zone=zone(user.time_zone or self._request.time_zone),
            now=datetime.now(UTC),
            shared=shared,
            including_restricted=reading.including_restricted,
            moved=reading.moved,
            viewer="" if shared else user.account_id,
            show_site=len(issue.account.sites) > 1,
            notice=notice,
            problem=problem,
            headline=headline,
            back=back,
            refresh_for=self._refreshed_for(shared=shared),
        )

    def _refreshed_for(self, *, shared: bool) -> Sequence[str]:
        """Return the Teams ids of those whose clients fetch their own view: of one's own card, nobody else's."""
        conversation = self._request.conversation
        if conversation.is_personal:
            return ()
        viewers = self._services.viewers.recent(conversation)
        return viewers if shared else [viewer for viewer in viewers if viewer == self._request.teams_id]


def _about(issue: IssueHandle, details: Issue) -> IssueRef:
    return IssueRef(details.key, issue.jira.site.cloud_id)

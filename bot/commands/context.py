"""What a command has at hand while it answers one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat.identity import Person
from bot.commands.issue_cards import IssueCards
from bot.commands.issue_lookup import IssueLookup
from bot.commands.permissions import Roster
from bot.commands.request import Request
from bot.commands.services import AccountServices, NotificationServices, Services
from bot.commands.session import JiraSession
from bot.security.card_signing import BoundSigner, CheckedData, SignedData, Validity

TYPED = CheckedData(Validity.GENUINE)
"""The data of typed text: none."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request, and the services that answer it."""

    request: Request
    signed: SignedData
    """What the pressed button was made with, whose signature holds; empty for typed text."""
    inputs: Mapping[str, str]
    """What was filled in on the pressed card. Anybody can send anything as this, so it never names a card."""
    session: JiraSession
    issues: IssueLookup
    cards: IssueCards
    accounts: AccountServices
    notifications: NotificationServices
    roster: Roster
    sign: BoundSigner
    """Signs buttons for everybody in the conversation."""
    own_sign: BoundSigner
    """Signs buttons for the person alone. They work in the person's own chat, too, where a late answer to a press
    in a shared conversation goes."""

    @classmethod
    def of(
        cls, request: Request, services: Services, data: CheckedData = TYPED, *, interactive: bool = False
    ) -> Context:
        """Make the context of a request; for `interactive` see `JiraSession`."""
        session = JiraSession(request.person, services.accounts, interactive=interactive)
        sign = services.cards.signer.bound_to(request.conversation.id)
        alone = request.conversation.is_personal
        own_sign = sign if alone else services.cards.signer.bound_to(personal_scope(request.person))
        return cls(
            request=request,
            signed=data.signed,
            inputs=data.inputs,
            session=session,
            issues=IssueLookup(request, data.signed, session, services.cards.last_issue),
            cards=IssueCards(request, data.signed, services.cards, sign=sign, own_sign=own_sign),
            accounts=services.accounts,
            notifications=services.notifications,
            roster=services.roster,
            sign=sign,
            own_sign=own_sign,
        )


def personal_scope(person: Person) -> str:
    """Return what stands for the conversation in signatures of buttons that only this person may press."""
    return f"person:{person.key}"

"""The parts of the bridge that commands use, grouped by what they are for."""

from __future__ import annotations

from dataclasses import dataclass

from bot.accounts.access import JiraAccess
from bot.accounts.audit import AuditLog
from bot.accounts.model import Grants, Tickets
from bot.accounts.sites import SiteUpdates
from bot.chat.last_issue import LastIssueStore
from bot.chat.viewers import RecentViewers
from bot.commands.invitations import Invitations
from bot.commands.permissions import Roster
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.restricted_content import RestrictedContent
from bot.notifications.subscriptions.repository import Subscriptions
from bot.security.card_signing import Signer


@dataclass(frozen=True, slots=True)
class AccountServices:
    """Links between people and their Jira accounts."""

    grants: Grants
    tickets: Tickets
    access: JiraAccess
    invitations: Invitations
    sites: SiteUpdates


@dataclass(frozen=True, slots=True)
class NotificationServices:
    """What conversations and people are notified about. `subscribe_role` is the setting `SUBSCRIBE_ROLE`."""

    subscriptions: Subscriptions
    personal: PersonalSettingsTable
    subscribe_role: str
    audit: AuditLog


@dataclass(frozen=True, slots=True)
class CardServices:
    """What an issue's card needs beyond the issue."""

    signer: Signer
    last_issue: LastIssueStore
    viewers: RecentViewers
    restricted_content: RestrictedContent


@dataclass(frozen=True, slots=True)
class Services:
    """All of them."""

    accounts: AccountServices
    notifications: NotificationServices
    cards: CardServices
    roster: Roster

"""Companies with many people: their tenants, Jira sites, links, chats and subscriptions, made in bulk.

Each tenant has a Jira site of its own. Teams allows an app 50 requests a second in a tenant, and Jira 100 reads a
second of one kind on a site, so a load of hundreds of commands a second can only come from several of them.
"""

from __future__ import annotations

import string
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from benchmarks.seeding import TOKEN_SECONDS, NoRefresh
from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import Tokens
from bot.chat.identity import Conversation, Person, Scope
from bot.config.settings import DEFAULT_SCOPES
from bot.jira.models import JiraUser, Site
from bot.jira.webhooks.model import Topic
from bot.notifications.personal.settings import SITES, PersonalSettingsTable
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Json, Row, Store, StoredRecord
from bot.storage.encryption import Keyring
from bot.teams.conversation_references import ConversationReferences

SUBSCRIPTIONS_A_PROJECT = 2
SUBSCRIPTIONS_A_PERSON = 5
SUBSCRIBED_PROJECTS = 1 / 3
TOPICS = frozenset({Topic.CREATED, Topic.COMMENTED, Topic.TRANSITIONED})
LANGUAGE = "en-US"
_LETTERS = string.ascii_uppercase


@dataclass(frozen=True, slots=True)
class Company:
    """How many of what there are, spread evenly over the sites."""

    people: int
    subscriptions: int
    sites: int

    @property
    def people_a_site(self) -> int:
        """How many people each site has."""
        return self.people // self.sites

    @property
    def subscribed_projects(self) -> int:
        """How many of a site's projects somebody has subscribed to: the first ones."""
        return self.subscriptions // self.sites // SUBSCRIPTIONS_A_PROJECT

    @property
    def projects(self) -> int:
        """How many projects each site has."""
        return round(self.subscribed_projects / SUBSCRIBED_PROJECTS)

    @property
    def tenants(self) -> Sequence[str]:
        """The ids of all tenants."""
        return [tenant_id(number) for number in range(self.sites)]


def tenant_id(site: int) -> str:
    """Return the tenant of a site's people."""
    return f"bbbbbbbb-0000-4000-8000-{site:012x}"


def person_of(site: int, number: int) -> Person:
    """Return a person by their number on the site."""
    return Person(tenant_id(site), f"aaaaaaaa-0000-4000-8{site:03x}-{number:012x}")


def account_id(person: Person) -> str:
    """Return the person's Jira account."""
    return f"712020:{person.oid}"


def jira_site(site: int) -> Site:
    """Return a site by its number."""
    return Site(f"cccccccc-0000-4000-8000-{site:012x}", f"https://site{site}.atlassian.net", f"Site {site}")


def site_number(cloud_id: str) -> int:
    """Return which site this is."""
    return int(cloud_id[-12:], 16)


def assignee_of(site: int, issue: int, people_a_site: int) -> Person:
    """Return whose issue this is: assigned to and reported by them."""
    return person_of(site, issue % people_a_site)


def project_key(number: int) -> str:
    """Return a project's key, four letters."""
    return "P" + "".join(_LETTERS[number // 26**place % 26] for place in (2, 1, 0))


class _Records:
    """Stands where a store stands: it is empty, and keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], StoredRecord] = {}

    def take_all(self) -> list[StoredRecord]:
        records = [*self._written.values()]
        self._written.clear()
        return records

    async def get(self, table: str, key: str) -> Row | None:
        del table, key
        return None

    async def get_all(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        del table, keys
        return {}

    async def find(self, table: str, tag: str) -> list[Row]:
        del table, tag
        return []

    async def put(
        self, table: str, key: str, value: Json, *, tags: Sequence[str] = (), expires_at: float | None = None
    ) -> Row:
        self._written[table, key] = StoredRecord(table, key, value, tuple(tags), expires_at)
        return Row(key, value, 1)

    async def replace(
        self,
        table: str,
        key: str,
        value: Json,
        *,
        version: int,
        tags: Sequence[str] = (),
        expires_at: float | None = None,
    ) -> Row:
        del version
        return await self.put(table, key, value, tags=tags, expires_at=expires_at)


@dataclass(frozen=True)
class Seed:
    """The records of a company as the bridge itself writes them, for `Store.import_`."""

    company: Company
    around: Mapping[str, str]
    key: str
    _records: _Records = field(default_factory=_Records)

    async def records(self) -> AsyncIterator[StoredRecord]:
        """Yield the records of all people, then those of all subscriptions."""
        store, keyring = cast("Store", self._records), Keyring([self.key])
        vault = GrantVault(store, keyring, NoRefresh())
        references, settings = ConversationReferences(store), PersonalSettingsTable(store)
        for number in range(self.company.people_a_site):
            for site in range(self.company.sites):
                await self._link(vault, references, settings, site, number)
                for record in self._records.take_all():
                    # Whoever links writes the site's own record once more.
                    if number == 0 or record.table != SITES:
                        yield record
        subscriptions = Subscriptions(store)
        for number in range(self.company.subscriptions):
            await self._subscribe(subscriptions, number)
            for record in self._records.take_all():
                yield record

    async def _link(
        self,
        vault: GrantVault,
        references: ConversationReferences,
        settings: PersonalSettingsTable,
        site: int,
        number: int,
    ) -> None:
        person, there = person_of(site, number), jira_site(site)
        user = JiraUser(account_id(person), f"Person {number}", time_zone="Europe/Berlin")
        # Atlassian's access tokens are JWTs of some 2 KB.
        tokens = Tokens("t" * 2000, "r" * 1000, TOKEN_SECONDS, tuple(DEFAULT_SCOPES.split()))
        account = await vault.save_link(person, user, (there,), tokens, default_site=there.cloud_id)
        await settings.initialise(account)
        chat = self._conversation(f"a:{person.oid}", Scope.PERSONAL, site, language=LANGUAGE)
        await references.remember(chat, person)

    async def _subscribe(self, subscriptions: Subscriptions, number: int) -> None:
        """Subscribe a channel; each channel has two subscriptions, to different projects."""
        projects = self.company.subscribed_projects
        index, site = divmod(number, self.company.sites)
        turn, project = divmod(index, projects)
        channel = (project + turn) % projects
        where = self._conversation(f"19:{site:03x}{channel:05x}@thread.tacv2", Scope.CHANNEL, site)
        owner = person_of(site, index // SUBSCRIPTIONS_A_PERSON % self.company.people_a_site)
        request = SubscribeRequest(project_key(project), TOPICS)
        await subscriptions.create(where, owner, jira_site(site), request, now=time.time())

    def _conversation(self, name: str, scope: Scope, site: int, *, language: str = "") -> Conversation:
        bot = f"28:{self.around['app_id']}"
        return Conversation(name, scope, tenant_id(site), self.around["service_url"], bot, language=language)

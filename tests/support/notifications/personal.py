"""People with notifications in their own chats, whom searches are made for, over the sandbox's Jira."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.accounts.access import JiraAccess
from bot.accounts.model import Account, NotConnectedError
from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import Message
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.jira_reader import JiraReader
from bot.notifications.personal.parser import parse_notify
from bot.notifications.ports import Day
from bot.notifications.recovery.personal import PersonalReconciler
from bot.notifications.recovery.personal_plan import PEOPLE_PER_RUN
from bot.notifications.recovery.search import Searcher
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Store
from sandbox import changes, people
from sandbox.model import Issue
from tests.support.notifications.jira import SCOPES, JiraBench, Linked, account, jira_bench, person
from tests.support.notifications.payloads import channel
from tests.support.notifications.service import Personal

ALICE, CAROL, DAN, EVE = "alice@example.com", "c@example.com", "d@example.com", "e@example.com"
BOB = "bob@example.com"
"""Does it all, and is not linked: his own search would find what the others' are tried with."""
FAY = "f@example.com"
"""Nothing can be assigned to her."""
EVERYBODY = [ALICE, CAROL, DAN, EVE, FAY]
MINUTES = 60.0


def chat(email: str) -> Conversation:
    return channel(email, Scope.PERSONAL)


class Office(Linked):
    """`Grants`, own chats and what else personal notifications need; nobody is linked at the beginning."""

    def __init__(self, bench: JiraBench) -> None:
        super().__init__(bench.sandbox, SCOPES)
        self.linked_at: dict[Person, float] = {}
        self.chats: dict[Person, Conversation] = {}
        self.sites = 1
        self.calls: list[Person] = []
        """As whom Jira was called."""

    async def account(self, who: Person) -> Account:
        if who not in self.linked_at:
            raise NotConnectedError
        whole = await super().account(who)
        return replace(whole, sites=whole.sites[: self.sites], linked_at=self.linked_at[who])

    async def access_token(self, who: Person, *, rejected: str = "", interactive: bool = False) -> str:
        self.calls.append(who)
        return await super().access_token(who, rejected=rejected, interactive=interactive)

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        human = people.by_account(account_id)
        who = Person(people.TENANT, human.oid) if human else None
        return [who] if who in self.linked_at else []

    async def chat(self, who: Person) -> Conversation | None:
        return self.chats.get(who)

    def daily_message(self, conversation: Conversation, day: Day) -> Message:
        raise NotImplementedError


@dataclass
class Scene:
    """A Jira whose webhooks can be paused, and people with notifications in their own chats."""

    bench: JiraBench
    office: Office
    access: JiraAccess
    personal: Personal
    backlog: Backlog = field(default_factory=Backlog)

    async def link(self, *emails: str) -> None:
        for email in emails:
            who = person(email)
            self.office.linked_at[who] = self.bench.clock()
            self.office.chats[who] = chat(email)
            await self.personal.settings.initialise(await self.office.account(who))

    async def wants(self, email: str, typed: str) -> None:
        change = parse_notify(typed, now=self.bench.clock())
        assert change is not None
        await self.personal.settings.update(await self.office.account(person(email)), change)

    def reconciler(self, *, budget: int = PEOPLE_PER_RUN, store: Store | None = None) -> PersonalReconciler:
        """As after a start of the bridge."""
        store, bench = store or self.bench.store, self.bench
        personal = Personal(store, self.office, self.office.chat, clock=bench.clock)
        return PersonalReconciler(
            store,
            personal.settings,
            personal.people,
            UnreachableConversations(store),
            Searcher(store, self.access, bench.metrics, clock=bench.clock),
            backlog=self.backlog,
            clock=bench.clock,
            budget=budget,
        )

    async def later(self, *, budget: int = PEOPLE_PER_RUN) -> list[Person]:
        """Make the next run, and tell all that comes of it; as whom it searched, in the order of their keys."""
        self.bench.clock.now += 5 * MINUTES
        self.office.calls.clear()
        await self.reconciler(budget=budget).run()
        searched = sorted(set(self.office.calls), key=lambda who: who.key)
        await self.bench.quiet()
        return searched

    def says(self, email: str) -> list[str]:
        return self.bench.teams.says(chat(email))

    def assign(self, summary: str, *to: str) -> Issue:
        """Create an issue of Bob's, and assign it to these people in turn."""
        bob, site = account(BOB).account_id, self.bench.sandbox.site
        fields = {"project": {"key": "DEMO"}, "issuetype": {"name": "Task"}, "summary": summary}
        issue = changes.create(site, bob, {"fields": fields | {"assignee": {"accountId": bob}}})
        for email in to:
            self.bench.clock.now += 2
            changes.assign(site, bob, issue, account(email).account_id)
        return issue


@asynccontextmanager
async def personal_bench(folder: Path) -> AsyncIterator[Scene]:
    """Alice and Carol are linked; no webhook is delivered."""
    async with jira_bench(folder) as bench:
        bench.sandbox.send_webhooks_to(bench.url)
        bench.clock.now += 60 * MINUTES
        office = Office(bench)
        access = JiraAccess(office, bench.access._transport)
        reader = JiraReader(access)
        personal = Personal(bench.store, office, office.chat, clock=bench.clock)
        bench.access = access
        await bench.service.stop(seconds=2)
        bench.reader = reader
        await bench.fresh_service(personal=personal, search=reader, daily_cards=office).start()
        scene = Scene(bench, office, access, personal)
        await scene.link(ALICE, CAROL)
        bench.hooks.paused = True
        yield scene

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
from tests.support.notifications.jira_world import SCOPES, JiraWorld, Linked, account, jira_world, person
from tests.support.notifications.service import Personal, build_service
from tests.support.notifications.world import Plain, channel

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

    def __init__(self, world: JiraWorld) -> None:
        super().__init__(world.sandbox, SCOPES)
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

    world: JiraWorld
    office: Office
    access: JiraAccess
    personal: Personal
    backlog: Backlog = field(default_factory=Backlog)

    async def link(self, *emails: str) -> None:
        for email in emails:
            who = person(email)
            self.office.linked_at[who] = self.world.clock()
            self.office.chats[who] = chat(email)
            await self.personal.settings.initialise(await self.office.account(who))

    async def wants(self, email: str, typed: str) -> None:
        change = parse_notify(typed, now=self.world.clock())
        assert change is not None
        await self.personal.settings.update(await self.office.account(person(email)), change)

    def reconciler(self, *, budget: int = PEOPLE_PER_RUN, store: Store | None = None) -> PersonalReconciler:
        """As after a start of the bridge."""
        store, world = store or self.world.store, self.world
        personal = Personal(store, self.office, self.office.chat, clock=world.clock)
        return PersonalReconciler(
            store,
            personal.settings,
            personal.people,
            UnreachableConversations(store),
            Searcher(store, self.access, world.metrics, clock=world.clock),
            backlog=self.backlog,
            clock=world.clock,
            budget=budget,
        )

    async def later(self, *, budget: int = PEOPLE_PER_RUN) -> list[Person]:
        """The next round, and all that comes of it is told; as whom it searched, in the order of their keys."""
        self.world.clock.now += 5 * MINUTES
        self.office.calls.clear()
        await self.reconciler(budget=budget).run()
        searched = sorted(set(self.office.calls), key=lambda who: who.key)
        await self.world.quiet()
        return searched

    def says(self, email: str) -> list[str]:
        return self.world.teams.says(chat(email))

    def assign(self, summary: str, *to: str) -> Issue:
        """A new issue of Bob's that goes through these hands."""
        bob, site = account(BOB).account_id, self.world.sandbox.site
        fields = {"project": {"key": "DEMO"}, "issuetype": {"name": "Task"}, "summary": summary}
        issue = changes.create(site, bob, {"fields": fields | {"assignee": {"accountId": bob}}})
        for email in to:
            self.world.clock.now += 2
            changes.assign(site, bob, issue, account(email).account_id)
        return issue


@asynccontextmanager
async def personal_world(folder: Path) -> AsyncIterator[Scene]:
    """Alice and Carol are linked; no webhook is delivered."""
    async with jira_world(folder) as world:
        world.sandbox.send_webhooks_to(world.url)
        world.clock.now += 60 * MINUTES
        office = Office(world)
        access = JiraAccess(office, world.access._transport)
        reader = JiraReader(access)
        personal = Personal(world.store, office, office.chat, clock=world.clock)
        world.access = access
        await world.service.stop(seconds=2)
        world.service = build_service(
            world.store,
            world.teams,
            reader,
            Plain(),
            world.metrics,
            clock=world.clock,
            backlog=world.backlog,
            personal=personal,
            search=reader,
            daily_cards=office,
        )
        await world.service.start()
        scene = Scene(world, office, access, personal)
        await scene.link(ALICE, CAROL)
        world.hooks.paused = True
        yield scene

"""From a delivery to a person's own chat, and the daily digest; over a real store, with a clock of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest

from bot.accounts.model import Account, NotConnectedError
from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import Message
from bot.jira.errors import JiraScopeError
from bot.jira.models import Comment, Issue, JiraUser, Site
from bot.notifications.personal.daily_digest import DUE_JQL, OPEN_JQL
from bot.notifications.personal.parser import parse_notify
from bot.notifications.personal.settings import MAX_WATCHERS_PER_SITE, TooManyWatchersError
from bot.notifications.ports import Day, IssueOnSite
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import ANN, BEN, HOST, SITE, channel, commented, delivery, issue, moved
from tests.support.notifications.service import Personal

TOKYO_MORNING = datetime(2027, 1, 18, 0, 0, tzinfo=UTC).timestamp()
"""9:00 in Tokyo."""

HERS, HIS = channel("hers", Scope.PERSONAL), channel("his", Scope.PERSONAL)
ANN_USER, BEN_USER = JiraUser("ann", "Ann", time_zone="UTC"), JiraUser("ben", "Ben", time_zone="Asia/Tokyo")
SECOND = Site("cloud-2", "https://other.atlassian.net", "other")


@dataclass
class Office:
    """`Grants`, own chats, Jira's search and the digest's card."""

    accounts: dict[Person, Account] = field(default_factory=dict)
    chats: dict[Person, Conversation] = field(default_factory=lambda: {ANN: HERS, BEN: HIS})
    found: dict[tuple[str, str], Sequence[Issue] | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def link(self, person: Person, user: JiraUser, *sites: Site) -> Account:
        account = Account(person, user, sites or (SITE,), SITE.cloud_id, (), 0.0)
        self.accounts[person] = account
        return account

    async def account(self, person: Person) -> Account:
        if person not in self.accounts:
            raise NotConnectedError
        return self.accounts[person]

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        self.asked.append(account_id)
        fitting = (p for p, a in self.accounts.items() if a.user.account_id == account_id)
        return [p for p in fitting if self.accounts[p].site_by_id(cloud_id)]

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        raise NotImplementedError

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        raise NotImplementedError

    async def disconnect(self, person: Person) -> bool:
        raise NotImplementedError

    async def chat(self, person: Person) -> Conversation | None:
        return self.chats.get(person)

    async def search(self, person: Person, cloud_id: str, jql: str, limit: int) -> tuple[Sequence[Issue], bool]:
        found = self.found.get((cloud_id, "open" if jql == OPEN_JQL else "due"), ())
        if isinstance(found, Exception):
            raise found
        if jql == DUE_JQL:
            found = sorted(found, key=lambda one: one.due or date.max, reverse="due DESC" in jql)
        return found[:limit], len(found) > limit

    def daily_message(self, conversation: Conversation, day: Day) -> Message:
        def keys(of: Sequence[IssueOnSite]) -> str:
            return " ".join(one.issue.key for one in of)

        parts = (day.overdue, day.today, day.tomorrow, day.latest)
        return Message(text="daily " + " | ".join(map(keys, parts)))


@dataclass
class Scene:
    bench: Bench
    office: Office
    personal: Personal

    async def wants(self, person: Person, *typed: str) -> None:
        for text in typed:
            change = parse_notify(text, now=self.bench.clock())
            assert change is not None
            await self.personal.settings.update(self.office.accounts[person], change)

    async def the_end(self, chat: Conversation, mentioned: str) -> list[str]:
        """All that was said in the chat before something that is certainly said."""
        self.bench.jira.put(issue(9))
        await self.bench.deliver(commented(f"end [~accountid:{mentioned}]", number=9, comment="99"))
        await self.bench.teams.until(lambda: any("“end " in text for text in self.bench.teams.says(chat)))
        return [text for text in self.bench.teams.says(chat) if "“end " not in text]


@pytest.fixture
async def scene(bench: Bench) -> Scene:
    office = Office()
    personal = Personal(bench.store, office, office.chat, clock=bench.clock)
    bench.fresh_service(personal=personal, search=office, daily_cards=office)
    for person, user in ((ANN, ANN_USER), (BEN, BEN_USER)):
        await personal.settings.initialise(office.link(person, user))
    await bench.service.start()
    return Scene(bench, office, personal)


async def test_one_message_though_several_reasons_fit(scene: Scene) -> None:
    await scene.wants(ANN, "watched on")
    scene.bench.jira.put(issue(assignee=ANN_USER, reporter=ANN_USER, watching=True))
    await scene.bench.deliver(commented("hi [~accountid:ann]"))
    assert await scene.the_end(HERS, "ann") == ["[PROJ-1 Issue 1] Bob commented: “hi @Ann”"]
    assert scene.bench.jira.reads[0] == (ANN, "PROJ-1")


async def test_who_is_in_two_tenants_is_told_in_both(scene: Scene) -> None:
    scene.office.link(BEN, ANN_USER)
    scene.bench.jira.put(issue(assignee=ANN_USER))
    await scene.bench.deliver(with_people(moved("To Do", "Done"), assignee="ann"))
    for chat in (HERS, HIS):
        assert len(await scene.bench.told(chat, 1)) == 1


async def test_a_later_event_updates_the_card_and_its_line_names_the_issue(scene: Scene) -> None:
    scene.bench.jira.put(issue(assignee=ANN_USER))
    await scene.bench.deliver(with_people(moved("To Do", "Doing", at=1), assignee="ann"))
    await scene.bench.deliver(with_people(moved("Doing", "Done", at=2), assignee="ann"))
    assert await scene.the_end(HERS, "ann") == [
        "[PROJ-1 Issue 1] Bob moved Doing → Done",
        "↳ PROJ-1 Issue 1: Bob moved Doing → Done",
    ]


def with_people(payload: dict[str, object], **people: str) -> dict[str, object]:
    """Put the issue's assignee or reporter into a delivery."""
    told = payload["issue"]
    assert isinstance(told, dict)
    named = {role: {"accountId": account, "displayName": account} for role, account in people.items()}
    return payload | {"issue": told | {"fields": told["fields"] | named}}


async def test_comments_reach_those_whom_an_earlier_delivery_named(scene: Scene) -> None:
    scene.bench.jira.put(issue(reporter=ANN_USER))
    await scene.bench.deliver(with_people(delivery(at=1), reporter="ann"))
    await scene.bench.deliver(commented("hello"))
    assert await scene.the_end(HERS, "ann") == ["[PROJ-1 Issue 1] Bob commented: “hello”"]


@pytest.mark.parametrize("why", ["own", "not visible", "not seen comment", "switched off", "no longer theirs"])
async def test_t25_t26_what_is_not_told(scene: Scene, why: str) -> None:
    mine = issue(assignee=ANN_USER)
    other = Comment("1", None, None, None)
    restricted: dict[str, object] = {}
    if why == "not seen comment":
        mine = replace(mine, comments=(replace(other, id="2"),), comment_count=1)
        restricted = {"visibility": {"type": "role", "value": "Administrators"}}
    if why == "no longer theirs":
        mine = replace(mine, assignee=BEN_USER)
    if why == "switched off":
        await scene.wants(ANN, "commented off")
    scene.bench.jira.put(mine)
    if why == "not visible":
        del scene.bench.jira.issues[mine.key]
    by = {"user": {"accountId": "ann", "displayName": "Ann"}} if why == "own" else {}
    await scene.bench.deliver(with_people(commented("psst", comment_more=restricted), assignee="ann") | by)
    assert await scene.the_end(HERS, "ann") == []


async def test_quiet_hours_put_it_off_and_lose_nothing(scene: Scene) -> None:
    now = datetime.fromtimestamp(scene.bench.clock(), UTC)
    await scene.wants(ANN, f"quiet {now.hour}:00-{(now.hour + 3) % 24}:00")
    scene.bench.jira.put(issue(assignee=ANN_USER))
    await scene.bench.deliver(commented("hi [~accountid:ann] [~accountid:ben]"))
    await scene.bench.told(HIS, 1)
    assert scene.bench.teams.says(HERS) == []
    await scene.bench.elapse(lambda: bool(scene.bench.teams.says(HERS)), step=600.0)
    told = datetime.fromtimestamp(scene.bench.clock(), UTC)
    assert (told - now.replace(minute=0, second=0)).total_seconds() >= 3 * 3600


async def test_f22_a_burst_of_ones_own_matters_becomes_a_digest(scene: Scene) -> None:
    for number in range(1, 14):
        scene.bench.jira.put(issue(number, assignee=ANN_USER if number % 2 else BEN_USER))
    for number in range(1, 14):
        await scene.bench.deliver(with_people(commented("hi", number=number, comment=f"{number}"), assignee="ann"))

    def names(number: int) -> bool:
        said = " ".join(scene.bench.teams.says(HERS))
        return f"PROJ-{number} " in said or f"PROJ-{number}(" in said

    await scene.bench.elapse(lambda: all(map(names, range(1, 14, 2))))
    assert any(text.startswith("digest ") for text in scene.bench.teams.says(HERS))
    assert not any(map(names, range(2, 14, 2)))


async def test_a_digest_comes_at_its_time_though_events_wait_for_the_end_of_quiet_hours(scene: Scene) -> None:
    scene.bench.clock.now = TOKYO_MORNING - 60
    await scene.wants(BEN, "digest 9:00", "quiet 22:00-10:00")
    scene.office.found[SITE.cloud_id, "open"] = [issue(5)]
    await scene.bench.deliver(commented("hi [~accountid:ben] [~accountid:ann]"))
    await scene.bench.told(HERS, 1)
    scene.bench.clock.now = TOKYO_MORNING + 1
    await scene.personal.schedule.tick()
    assert await scene.bench.told(HIS, 1) == ["daily  |  |  | PROJ-5"]


async def test_the_cost_grows_with_the_people_named(scene: Scene) -> None:
    for number in range(50):
        scene.office.link(Person("tenant", f"p{number}"), JiraUser(f"p{number}", "Somebody"))
    await scene.bench.deliver(commented("hi [~accountid:ann]"))
    await scene.the_end(HERS, "ann")
    assert set(scene.office.asked) == {"ann"}
    assert {person for person, _ in scene.bench.jira.reads} == {ANN}


async def test_only_so_many_follow_what_they_watch_on_a_site(scene: Scene) -> None:
    for number in range(MAX_WATCHERS_PER_SITE):
        person = Person("tenant", f"p{number}")
        scene.office.link(person, JiraUser(f"p{number}", "Someone"))
        await scene.wants(person, "watched on")
    with pytest.raises(TooManyWatchersError):
        await scene.wants(ANN, "watched on")
    await scene.wants(Person("tenant", "p0"), "watched off")
    await scene.wants(ANN, "watched on")


async def test_a_site_is_known_by_its_host_and_by_its_id(scene: Scene) -> None:
    table = scene.personal.settings
    assert [await table.cloud_id(name) for name in (HOST, SITE.cloud_id, "elsewhere")] == [
        *(SITE.cloud_id, SITE.cloud_id),
        "elsewhere",
    ]


def due(number: int, day: int, month: int = 1) -> Issue:
    return issue(number, due=date(2027, month, day))


async def test_a_daily_digest_comes_once_a_day_though_two_replicas_look(scene: Scene) -> None:
    scene.bench.clock.now = TOKYO_MORNING - 60
    await scene.wants(BEN, "digest 9:00")
    scene.office.found[SITE.cloud_id, "due"] = [due(1, 2), due(2, 18), due(3, 19), due(4, 20)]
    scene.office.found[SITE.cloud_id, "open"] = [issue(2), issue(5)]
    replica = Personal(scene.bench.store, scene.office, scene.office.chat, clock=scene.bench.clock)
    assert await replica.schedule.tick() == 0
    scene.bench.clock.now = TOKYO_MORNING + 1
    assert await replica.schedule.tick() + await scene.personal.schedule.tick() <= 1
    assert await scene.bench.told(HIS, 1) == ["daily PROJ-1 | PROJ-2 | PROJ-3 | PROJ-5"]
    fresh = Personal(scene.bench.store, scene.office, scene.office.chat, clock=scene.bench.clock)
    assert await fresh.schedule.tick() == 0
    scene.bench.clock.now = TOKYO_MORNING + 86400 + 1
    assert await replica.schedule.tick() == 1
    assert len(await scene.bench.told(HIS, 2)) == 2


async def test_what_is_due_tomorrow_is_told_though_a_lot_is_overdue(scene: Scene) -> None:
    scene.bench.clock.now = TOKYO_MORNING - 60
    await scene.wants(BEN, "digest 9:00")
    overdue = [due(number, number // 2) for number in range(2, 30)]
    scene.office.found[SITE.cloud_id, "due"] = [*overdue, due(31, 18), due(32, 19)]
    scene.bench.clock.now = TOKYO_MORNING + 1
    await scene.personal.schedule.tick()
    [told] = await scene.bench.told(HIS, 1)
    assert told.endswith(" | PROJ-31 | PROJ-32 | ")


async def test_a_digest_whose_time_is_past_waits_for_tomorrow(scene: Scene) -> None:
    scene.bench.clock.now = TOKYO_MORNING + 60
    await scene.wants(BEN, "digest 9:00")
    assert await scene.personal.schedule.tick() == 0
    scene.bench.clock.now += 86400
    assert await scene.personal.schedule.tick() == 1


@pytest.mark.parametrize("why", ["empty", "not linked", "switched off meanwhile"])
async def test_days_without_a_digest(scene: Scene, why: str) -> None:
    scene.bench.clock.now = TOKYO_MORNING - 60
    await scene.wants(BEN, "digest 9:00")
    if why != "empty":
        scene.office.found[SITE.cloud_id, "open"] = [issue(5)]
    if why == "not linked":
        del scene.office.accounts[BEN]
    if why == "switched off meanwhile":
        await scene.wants(BEN, "digest off")
    scene.bench.clock.now = TOKYO_MORNING + 1
    await scene.personal.schedule.tick()
    scene.office.link(BEN, BEN_USER)
    assert await scene.the_end(HIS, "ben") == []


async def test_a_site_that_the_person_lost_does_not_spoil_the_digest(scene: Scene) -> None:
    await scene.personal.settings.initialise(scene.office.link(BEN, BEN_USER, SECOND, SITE))
    scene.bench.clock.now = TOKYO_MORNING - 60
    await scene.wants(BEN, "digest 9:00")
    scene.office.found[SITE.cloud_id, "open"] = [issue(5)]
    scene.office.found[SECOND.cloud_id, "due"] = JiraScopeError()
    scene.bench.clock.now = TOKYO_MORNING + 1
    await scene.personal.schedule.tick()
    assert await scene.bench.told(HIS, 1) == ["daily  |  |  | PROJ-5"]

"""T20, T28: who somebody is, and as what they are in a conversation, asked of Teams over sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.chat.identity import Conversation, Person, Scope
from bot.commands.errors import RoleNotKnownError
from bot.commands.permissions import Role
from bot.http.client import open_session, tls_context
from bot.teams.activities import Json, parse
from bot.teams.connector import Connector
from bot.teams.roster import TeamsRoster, role_of
from sandbox.faults import Fault
from sandbox.people import TENANT
from sandbox.teams import ALICE, BOB, CHANNEL, personal
from sandbox.teams_server import Teams
from tests.support.teams import APP_ID

GUID = "aaaaaaaa-0000-4000-8000-00000000000f"


@dataclass
class Bench:
    """A roster, and the Teams that it asks."""

    roster: TeamsRoster
    teams: Teams

    def place(self, *, team: str = "") -> Conversation:
        return Conversation(CHANNEL.id, Scope.CHANNEL, TENANT, self.teams.service_url, "28:bot", team=team)

    def answer(self, row: Json, *, times: int | None = None) -> None:
        """Let Teams say this of every member."""
        self.teams.faults.add(
            Fault("GET", "/members/", status=200, body=json.dumps(row), times=times, server="teams")
        )

    async def sender(self, kind: str = "message", more: Json | None = None) -> Person | None:
        """Return who sent Alice's activity; `more` replaces parts of it."""
        activity = {**self.teams.activity(ALICE, personal(ALICE), kind, text="mine"), **(more or {})}
        return await self.roster.sender(parse(activity))

    def asked_for(self) -> list[str]:
        """Return conversation and member of each question to Teams."""
        return [path.partition("/conversations/")[2] for _, path, _ in self.teams.calls]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Teams(APP_ID) as teams, open_session(tls_context(None)) as session:
        yield Bench(TeamsRoster(Connector(session, None)), teams)


NAMELESS: Json = {"from": {"id": ALICE.id, "name": ALICE.name}}
"""What Teams sends of somebody whose object id it does not say."""


async def test_t20_the_activity_says_who_sent_it_and_teams_is_not_asked(bench: Bench) -> None:
    assert await bench.sender() == Person(TENANT, ALICE.oid)
    assert bench.teams.calls == []


@pytest.mark.parametrize("kind", ["message", "invoke"])
async def test_t20_whom_the_activity_does_not_name_teams_names(bench: Bench, kind: str) -> None:
    assert await bench.sender(kind, NAMELESS) == Person(TENANT, ALICE.oid)
    assert await bench.sender(kind, NAMELESS) == Person(TENANT, ALICE.oid)
    assert len(bench.teams.calls) == 1


@pytest.mark.parametrize("kind", ["typing", "conversationUpdate", "event"])
async def test_t20_what_asks_for_nothing_is_nobodys_and_costs_no_question(bench: Bench, kind: str) -> None:
    assert await bench.sender(kind, NAMELESS) is None
    assert bench.teams.calls == []


async def test_t20_outside_of_teams_nobody_is_looked_up(bench: Bench) -> None:
    outside: Json = {"channelId": "m365extensions", "from": {"id": "x"}}
    assert await bench.sender("invoke", outside) is None
    with_oid = {**outside, "from": {"id": "x", "aadObjectId": ALICE.oid}}
    assert await bench.sender("invoke", with_oid) == Person(TENANT, ALICE.oid)
    assert bench.teams.calls == []
    # The id of another channel is nothing that Teams knows: it is asked by the object id.
    await bench.roster.role(Person(TENANT, ALICE.oid), bench.place())
    assert bench.asked_for()[-1].endswith(f"/members/{ALICE.oid}")


@pytest.mark.parametrize("oid", ["alice", "aaaaaaaa00004000800000000000000f", f"{GUID}/../x", f"{GUID}0", " "])
async def test_t20_what_is_no_object_id_is_nobody(bench: Bench, oid: str) -> None:
    assert await bench.sender(more={"from": {"id": ALICE.id, "aadObjectId": oid}}) is None


@pytest.mark.parametrize("tenant", ["Other", "0", "zzz"])
async def test_t35_member_of_another_tenant_has_no_object_id_and_no_address(bench: Bench, tenant: str) -> None:
    bench.answer({"id": "29:x", "aadObjectId": GUID, "tenantId": tenant, "email": "x@example.com"})
    assert await bench.roster.oid(bench.place(), "29:x") == ""
    assert await bench.roster.email(bench.place(), "29:x") == ""


@pytest.mark.parametrize("tenant", [{}, {"tenantId": TENANT.upper()}, {"tenantId": ""}])
async def test_member_of_this_tenant_has_both(bench: Bench, tenant: Json) -> None:
    bench.answer({"id": "29:x", "objectId": GUID.upper(), "email": "x@example.com", **tenant})
    assert await bench.roster.oid(bench.place(), "29:x") == GUID
    assert await bench.roster.email(bench.place(), "29:x") == "x@example.com"
    assert len(bench.teams.calls) == 1


async def test_who_is_not_found_is_asked_for_again(bench: Bench) -> None:
    bench.teams.faults.add(Fault("GET", "/members/", status=404, times=1, server="teams"))
    assert await bench.roster.oid(bench.place(), ALICE.id) == ""
    assert await bench.roster.oid(bench.place(), ALICE.id) == ALICE.oid


async def test_t28_role_is_asked_for_each_time_in_the_team_of_a_channel(bench: Bench) -> None:
    alice = Person(TENANT, ALICE.oid)
    await bench.sender()
    for said, role in (("guest", Role.GUEST), ("owner", Role.OWNER)):
        bench.answer({"id": ALICE.id, "userRole": said}, times=1)
        assert await bench.roster.role(alice, bench.place(team="19:team@thread.tacv2")) is role
    bench.answer({"id": BOB.id, "userRole": "user"}, times=1)
    assert await bench.roster.role(Person(TENANT, BOB.oid), bench.place()) is Role.MEMBER
    assert bench.asked_for() == [
        *[f"19:team@thread.tacv2/members/{ALICE.id}"] * 2,
        f"{CHANNEL.id}/members/{BOB.oid}",
    ]


async def test_t28_who_is_there_without_a_role_is_unlisted(bench: Bench) -> None:
    bench.answer({"id": ALICE.id, "userRole": ""})
    assert await bench.roster.role(Person(TENANT, ALICE.oid), bench.place()) is Role.UNLISTED


async def test_t28_guest_of_whom_teams_says_no_more_is_a_guest(bench: Bench) -> None:
    bench.answer({"userRole": "guest"})
    assert await bench.roster.role(Person(TENANT, ALICE.oid), bench.place()) is Role.GUEST


@pytest.mark.parametrize("fault", [{"status": 404}, {"status": 403}, {"status": 200, "body": "{}"}], ids=str)
async def test_t28_role_that_teams_does_not_say_is_not_known(bench: Bench, fault: dict[str, object]) -> None:
    bench.teams.faults.add(Fault("GET", "/members/", times=None, server="teams", **fault))  # type: ignore[arg-type]
    with pytest.raises(RoleNotKnownError):
        await bench.roster.role(Person(TENANT, ALICE.oid), bench.place())


@pytest.mark.parametrize(
    ("row", "role"),
    [
        ({"userRole": "owner"}, Role.OWNER),
        ({"userRole": "User", "tenantId": "TENANT"}, Role.MEMBER),
        ({"userRole": "guest"}, Role.GUEST),
        ({"userRole": "anonymous"}, Role.GUEST),
        ({"userRole": "user", "userPrincipalName": "a_b.com#EXT#@c.com"}, Role.GUEST),
        ({"userRole": "owner", "tenantId": "other"}, Role.GUEST),
        ({"userRole": "owner", "tenantId": "zebra"}, Role.GUEST),
        ({}, Role.UNLISTED),
    ],
)
def test_t28_role_in_a_row_of_the_member_list(row: dict[str, object], role: Role) -> None:
    assert role_of(row, "tenant") is role

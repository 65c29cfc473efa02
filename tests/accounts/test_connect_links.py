"""The tickets in connect cards."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.accounts.connect_links import MAX_WAITING_SECONDS, ConnectLinks
from bot.accounts.model import Pending
from bot.chat.identity import Conversation, Scope
from bot.storage.embedded import EmbeddedStore
from tests.support.accounts import someone
from tests.support.clock import Clock

PENDING = Pending(
    Conversation(
        "19:x@thread.v2", Scope.CHANNEL, "t", "https://smba.example/", "28:b", "17", "19:team", "Général"
    ),
    {"text": "show ABC-1", "nested": {"list": [1, None, "ü"]}},
)


@pytest.fixture
def office(store: EmbeddedStore) -> ConnectLinks:
    return ConnectLinks(store, "https://bot.example/")


@pytest.mark.parametrize("pending", [PENDING, None])
async def test_a_ticket_keeps_what_it_was_given(office: ConnectLinks, pending: Pending | None) -> None:
    url = await office.connect_url(someone(), pending)
    base, _, secret = url.partition("?ticket=")
    assert base == "https://bot.example/connect"
    ticket = await office.peek(secret)
    assert ticket is not None
    assert (ticket.person, ticket.pending) == (someone(), pending)
    assert await office.peek(secret) == ticket


async def test_what_is_kept_is_its_askers_alone_and_its_name_is_no_ticket(office: ConnectLinks) -> None:
    name = await office.store_pending(someone(), PENDING)
    assert await office.find_pending(name, someone()) == PENDING
    assert await office.find_pending(name, someone(2)) is None
    assert await office.find_pending("x", someone()) is None
    assert await office.peek(name[:43]) is None


async def test_t02_a_ticket_is_taken_once(office: ConnectLinks) -> None:
    secret = (await office.connect_url(someone(), None)).partition("=")[2]
    taken = await asyncio.gather(*(office.take(secret) for _ in range(50)))
    assert len([ticket for ticket in taken if ticket]) == 1
    assert await office.peek(secret) is None


async def test_a_burnt_ticket_is_gone(office: ConnectLinks) -> None:
    secret = (await office.connect_url(someone(), None)).partition("=")[2]
    await office.burn(secret)
    assert await office.take(secret) is None


async def test_tickets_cannot_be_guessed(office: ConnectLinks) -> None:
    urls = {await office.connect_url(someone(), None) for _ in range(20)}
    assert len(urls) == 20
    assert all(len(url.partition("=")[2]) == 43 for url in urls)


def asking(text: str) -> Pending:
    return replace(PENDING, request={"text": text})


async def texts_waiting(office: ConnectLinks) -> list[object]:
    return [each.pending.request["text"] for each in await office.waiting(someone())]


async def test_another_replica_sees_what_waits_and_one_of_them_takes_it(store: EmbeddedStore) -> None:
    asked_at, linked_at = ConnectLinks(store, "https://bot.example"), ConnectLinks(store, "https://bot.example")
    await asked_at.connect_url(someone(), asking("mine"))
    await asked_at.store_pending(someone(), asking("DEMO-1"))
    await asked_at.store_pending(someone(2), asking("of another person"))
    assert await texts_waiting(linked_at) == ["mine", "DEMO-1"]
    name = (await linked_at.waiting(someone()))[0].name
    assert await linked_at.take_pending(name, someone(2)) is None
    offices = (asked_at, linked_at) * 25
    taken = await asyncio.gather(*(office.take_pending(name, someone()) for office in offices))
    assert [each for each in taken if each] == [asking("mine")]
    assert await texts_waiting(asked_at) == ["DEMO-1"]


async def test_links_of_requests_that_wait_are_closed_and_the_requests_kept(office: ConnectLinks) -> None:
    secret = (await office.connect_url(someone(), asking("mine"))).partition("=")[2]
    bare = (await office.connect_url(someone(), None)).partition("=")[2]
    await office.close_links(someone())
    assert await office.peek(secret) is None
    assert await office.take(secret) is None
    assert await office.peek(bare) is not None
    assert await texts_waiting(office) == ["mine"]


async def test_request_waits_an_hour_for_any_link_and_a_week_for_its_own(store: EmbeddedStore) -> None:
    clock = Clock(time.time())
    office = ConnectLinks(store, "https://bot.example", clock=clock)
    secret = (await office.connect_url(someone(), asking("mine"))).partition("=")[2]
    clock.now += MAX_WAITING_SECONDS + 1
    assert await texts_waiting(office) == []
    ticket = await office.take(secret)
    assert ticket is not None
    await office.keep_pending(ticket)
    assert await texts_waiting(office) == ["mine"]


async def test_t02_how_long_a_link_works(store: EmbeddedStore) -> None:
    week = 7 * 86_400
    for age, works in ((week - 5, True), (week + 2, False)):
        office = ConnectLinks(store, "https://bot.example", clock=Clock(time.time() - age))
        secret = (await office.connect_url(someone(), None)).partition("=")[2]
        assert (await office.peek(secret) is not None) is works


async def test_how_long_a_request_waits(store: EmbeddedStore) -> None:
    clock = Clock(float(int(time.time())))
    office = ConnectLinks(store, "https://bot.example", clock=clock)
    secret = (await office.connect_url(someone(), asking("mine"))).partition("=")[2]
    clock.now += 3_600
    assert await texts_waiting(office) == ["mine"]
    clock.now += 0.5
    assert await texts_waiting(office) == []
    ticket = await office.take(secret)
    assert ticket is not None
    await office.keep_pending(ticket)
    clock.now += 1_800
    assert await texts_waiting(office) == ["mine"]
    clock.now += 0.5
    assert await texts_waiting(office) == []


async def test_a_request_whose_link_was_closed_ends_with_its_week(tmp_path: Path) -> None:
    clock = Clock()
    store = EmbeddedStore(tmp_path / "aged", clock=clock)
    await store.open()
    office = ConnectLinks(store, "https://bot.example", clock=clock)
    await office.connect_url(someone(), asking("mine"))
    await office.close_links(someone())
    [waiting] = await office.waiting(someone())
    clock.advance(days=7, seconds=-1)
    assert await office.find_pending(waiting.name, someone()) == asking("mine")
    clock.advance(2)
    assert await office.find_pending(waiting.name, someone()) is None
    await store.close()


async def test_links_with_and_without_a_request_are_counted_apart(office: ConnectLinks) -> None:
    first = (await office.connect_url(someone(), None)).partition("=")[2]
    for number in range(10):
        await office.store_pending(someone(), asking(str(number)))
    assert await office.peek(first) is not None
    for _ in range(9):
        await office.connect_url(someone(), None)
    assert await texts_waiting(office) == [str(number) for number in range(10)]
    assert await office.peek(first) is not None
    await office.connect_url(someone(), None)
    assert await office.peek(first) is None


async def test_requests_of_one_person_are_bounded(office: ConnectLinks) -> None:
    for number in range(40):
        await office.store_pending(someone(), asking(str(number)))
    assert await texts_waiting(office) == [str(number) for number in range(30, 40)]

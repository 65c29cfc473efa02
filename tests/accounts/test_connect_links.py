"""The tickets in connect cards."""

from __future__ import annotations

import asyncio

import pytest

from bot.accounts.connect_links import ConnectLinks
from bot.accounts.model import Pending
from bot.chat.identity import Conversation, Scope
from bot.storage.embedded import EmbeddedStore
from tests.support.accounts import someone

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

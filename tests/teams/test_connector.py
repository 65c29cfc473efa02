"""F14-F16: sends and updates through one session, repeated where that is safe, one token for all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.chat.messages import ConversationGoneError, DeliveryDelayedError, DeliveryError, DeliveryRefusedError
from bot.http.client import open_session, tls_context
from bot.teams.app_token import AppTokens
from bot.teams.connector import Connector
from sandbox.faults import Fault
from sandbox.teams_server import Teams
from tests.support.teams import APP_ID

MESSAGE = {"type": "message", "text": "hello"}


class Microsoft:
    """Gives out tokens, and counts them; like MSAL it gives the one that it has until that is forgotten."""

    def __init__(self) -> None:
        self.given = 0
        self.fails = False
        self.keeps = False

    def acquire_token_for_client(self, scopes: list[str]) -> dict[str, object]:
        if self.fails:
            return {"error": "temporarily_unavailable"}
        if not self.keeps:
            self.given += 1
            self.keeps = True
        return {"access_token": f"token-{self.given}", "expires_in": 3600}

    def forget(self) -> None:
        self.keeps = False


@pytest.fixture
async def teams() -> AsyncIterator[Teams]:
    async with Teams(APP_ID) as started:
        yield started


@pytest.fixture
async def microsoft() -> Microsoft:
    return Microsoft()


@pytest.fixture
async def connector(microsoft: Microsoft) -> AsyncIterator[Connector]:
    async with open_session(tls_context(None)) as session:
        tokens = AppTokens(microsoft, "https://api.botframework.com")
        yield Connector(session, tokens)
        await tokens.close()


def status(code: int, times: int = 1, *, retry_after: str = "") -> Fault:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Fault(status=code, body='{"error": {"code": "x"}}', headers=headers, times=times)


@pytest.mark.parametrize("code", [412, 429, 502, 503, 504])
async def test_f14_patient_send_is_repeated(connector: Connector, teams: Teams, code: int) -> None:
    teams.faults.add(status(code, retry_after="0"))
    assert await connector.send(teams.service_url, "a:1", MESSAGE, retry=True)
    assert len(teams.calls) == 2
    assert len(teams.posts) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (429, DeliveryDelayedError),
        (500, DeliveryDelayedError),
        (403, ConversationGoneError),
        (404, ConversationGoneError),
        (400, DeliveryRefusedError),
        (413, DeliveryRefusedError),
    ],
)
async def test_single_attempt_says_what_happened(
    connector: Connector, teams: Teams, code: int, error: type[DeliveryError]
) -> None:
    teams.faults.add(status(code, retry_after="7"))
    with pytest.raises(error) as raised:
        await connector.send(teams.service_url, "a:1", MESSAGE)
    assert len(teams.calls) == 1
    if isinstance(raised.value, DeliveryDelayedError):
        assert raised.value.retry_after == 7
        assert raised.value.maybe_sent == (code == 500)


async def test_f14_a_date_to_wait_for_is_understood(connector: Connector, teams: Teams) -> None:
    teams.faults.add(status(429, retry_after=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)))
    with pytest.raises(DeliveryDelayedError) as raised:
        await connector.send(teams.service_url, "a:1", MESSAGE)
    assert 3500 < raised.value.retry_after <= 3600


async def test_f14_send_that_may_have_arrived_is_not_repeated(connector: Connector, teams: Teams) -> None:
    teams.faults.add(status(500))
    with pytest.raises(DeliveryDelayedError):
        await connector.send(teams.service_url, "a:1", MESSAGE, retry=True)
    assert len(teams.calls) == 1


async def test_update_is_repeated_even_then(connector: Connector, teams: Teams) -> None:
    posted = await connector.send(teams.service_url, "a:1", MESSAGE)
    teams.faults.add(status(500))
    await connector.update(teams.service_url, "a:1", posted, {**MESSAGE, "text": "new"}, retry=True)
    assert teams.posts[posted].text == "new"


async def test_update_of_a_deleted_message_does_not_mean_the_conversation_is_gone(
    connector: Connector, teams: Teams
) -> None:
    with pytest.raises(DeliveryRefusedError):
        await connector.update(teams.service_url, "a:1", "999", MESSAGE)


async def test_a_thread_whose_first_message_was_deleted_does_not_mean_the_conversation_is_gone(
    connector: Connector, teams: Teams
) -> None:
    teams.faults.add(status(404))
    with pytest.raises(DeliveryRefusedError):
        await connector.send(teams.service_url, "19:1@thread.tacv2;messageid=999", MESSAGE)


async def test_unreachable_teams_is_a_delay(connector: Connector) -> None:
    with pytest.raises(DeliveryDelayedError) as raised:
        await connector.send("http://127.0.0.1:9/", "a:1", MESSAGE)
    assert not raised.value.maybe_sent


async def test_one_token_serves_many_sends_at_once(
    connector: Connector, teams: Teams, microsoft: Microsoft
) -> None:
    await asyncio.gather(*(connector.send(teams.service_url, "a:1", MESSAGE) for _ in range(50)))
    assert microsoft.given == 1
    assert {auth for _, _, auth in teams.calls} == {"Bearer token-1"}


async def test_f16_refused_token_is_renewed_once(connector: Connector, teams: Teams, microsoft: Microsoft) -> None:
    teams.faults.add(status(401, times=5))
    results = await asyncio.gather(
        *(connector.send(teams.service_url, "a:1", MESSAGE) for _ in range(5)), return_exceptions=True
    )
    assert microsoft.given == 2
    assert all(isinstance(r, str) for r in results)


async def test_no_token_is_a_delay_not_a_crash(connector: Connector, teams: Teams, microsoft: Microsoft) -> None:
    microsoft.fails = True
    with pytest.raises(DeliveryDelayedError):
        await connector.send(teams.service_url, "a:1", MESSAGE)
    assert teams.calls == []


async def test_f16_all_who_wait_for_a_token_hear_of_the_failure_together() -> None:
    asked, answer = asyncio.Event(), threading.Event()

    class Silent(Microsoft):
        """It answers none for as long as Microsoft's login does not."""

        def acquire_token_for_client(self, scopes: list[str]) -> dict[str, object]:
            self.given += 1
            loop.call_soon_threadsafe(asked.set)
            assert answer.wait(10)
            return {"error": "MicrosoftUnavailableError"}

    loop, microsoft = asyncio.get_running_loop(), Silent()
    tokens = AppTokens(microsoft, "https://api.botframework.com")
    waiting = [asyncio.create_task(tokens.get()) for _ in range(20)]
    await asked.wait()
    answer.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DeliveryDelayedError}
    assert microsoft.given == 1
    with pytest.raises(DeliveryDelayedError):
        await tokens.get()
    assert microsoft.given == 2


async def test_token_is_fetched_ahead_of_its_end(teams: Teams) -> None:
    fetched = asyncio.Event()

    class ShortLived(Microsoft):
        def acquire_token_for_client(self, scopes: list[str]) -> dict[str, object]:
            self.forget()  # MSAL does not give out one that is about to end
            answer = super().acquire_token_for_client(scopes)
            if self.given == 2:
                loop.call_soon_threadsafe(fetched.set)
            return {**answer, "expires_in": 300}

    loop = asyncio.get_running_loop()
    tokens = AppTokens(ShortLived(), "https://api.botframework.com")
    assert await tokens.get() == "token-1"
    assert await tokens.get() == "token-1"
    await asyncio.wait_for(fetched.wait(), 5)
    await tokens.close()

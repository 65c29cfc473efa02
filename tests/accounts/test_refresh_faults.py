"""The refresh protocol among many callers (F01-F03, F24): one call at a time, and nobody held up by another."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.accounts import grant_vault, refresh
from bot.accounts.model import GrantRevokedError, NotConnectedError, SignInUnavailableError
from tests.support.accounts import VaultBench


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat at once instead of after 0.5 and more seconds."""
    monkeypatch.setattr(refresh, "RETRY_DELAYS", (0.0, 0.0))


@pytest.mark.parametrize("delay", [0.0, 0.3])
async def test_f01_500_commands_at_expiry_make_one_call(bench: VaultBench, delay: float) -> None:
    person = await bench.link()
    bench.expire()
    bench.atlassian.fault(delay=delay)
    tokens = await asyncio.gather(*(bench.vault.access_token(person) for _ in range(500)))
    assert len(set(tokens)) == 1
    assert bench.accepts(tokens[0])
    assert bench.atlassian.refreshes == ["ok"]


async def test_f02_two_vaults_on_one_store_make_one_call(bench: VaultBench) -> None:
    person = await bench.link()
    vaults = [bench.vault, bench.restarted(), bench.restarted()]
    for vault in vaults:
        await vault.access_token(person)
    bench.expire()
    bench.atlassian.fault(delay=0.1)
    tokens = await asyncio.gather(*(v.access_token(person) for v in vaults for _ in range(20)))
    assert len(set(tokens)) == 1
    assert bench.atlassian.refreshes == ["ok"]


async def test_f01_a_command_that_gives_up_does_not_end_the_refresh_of_the_others(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    impatient, patient = (asyncio.create_task(bench.vault.access_token(person)) for _ in range(2))
    await fault.hit.wait()
    impatient.cancel()
    go.set()
    assert bench.accepts(await patient)
    assert bench.atlassian.refreshes == ["ok"]


async def test_f03_one_persons_slow_refresh_does_not_hold_up_another(bench: VaultBench) -> None:
    alice, bob = await bench.link(0), await bench.link(1)
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    slow = asyncio.create_task(bench.vault.access_token(alice))
    await fault.hit.wait()
    assert bench.accepts(await asyncio.wait_for(bench.vault.access_token(bob), 3))
    assert not slow.done()
    go.set()
    assert bench.accepts(await slow)


async def test_f03_who_waits_too_long_is_told_while_the_refresh_goes_on(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    bench.atlassian.fault(until=go)
    grant = await bench.grant(person)
    with pytest.raises(SignInUnavailableError):
        await bench.vault.renew(grant, wait=0.05)
    go.set()
    assert bench.accepts(await bench.vault.access_token(person))
    assert bench.atlassian.refreshes == ["ok"]


async def test_f24_the_answer_of_a_paused_holder_is_discarded(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    paused = asyncio.create_task(bench.vault.access_token(person))
    await fault.hit.wait()
    newest = bench.atlassian.consent()
    await bench.vault.table.update(person, lambda g: bench.vault.table.with_tokens(g, newest, bench.clock()))
    go.set()
    assert await paused == newest.access
    assert bench.vault.table.open(await bench.grant(person)).refresh == newest.refresh


async def test_an_answer_without_a_refresh_token_keeps_the_old_one(bench: VaultBench) -> None:
    person = await bench.link()
    before = bench.vault.table.open(await bench.grant(person)).refresh
    bench.expire()
    bench.atlassian.fault(status=200, body='{"access_token": "new", "expires_in": 3600}')
    assert await bench.vault.access_token(person) == "new"
    assert bench.vault.table.open(await bench.grant(person)).refresh == before


async def test_t41_a_refresh_token_used_by_a_thief_ends_the_grant_without_a_loop(bench: VaultBench) -> None:
    person = await bench.link()
    stolen = bench.vault.table.open(await bench.grant(person)).refresh
    await bench.endpoint.refresh(stolen)
    bench.clock.advance(3600)
    for _ in range(3):
        with pytest.raises(GrantRevokedError):
            await bench.vault.access_token(person)
    await bench.vault.close()
    assert bench.revoked == [person]
    assert bench.atlassian.refreshes == ["ok", "reuse"]


async def test_a_lock_that_cannot_be_had_in_time(bench: VaultBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "LOCK_TIMEOUT", 0.05)
    person = await bench.link()
    bench.expire()
    async with bench.store.lock(f"grant:{person.key}"):
        with pytest.raises(SignInUnavailableError):
            await bench.vault.access_token(person)
    assert bench.accepts(await bench.vault.access_token(person))


async def test_no_secret_is_in_a_repr_or_an_error(bench: VaultBench, caplog: pytest.LogCaptureFixture) -> None:
    person = await bench.link()
    grant = await bench.grant(person)
    pair = bench.vault.table.open(grant)
    bench.expire()
    bench.atlassian.fault(times=None, status=400, body=f'{{"error": "{pair.refresh}", "x": "{pair.access}"}}')
    with pytest.raises(SignInUnavailableError) as caught:
        await bench.vault.access_token(person)
    said = f"{caught.value!r} {grant!r} {pair!r} {bench.vault.__dict__!r} {caplog.text}"
    assert pair.refresh not in said
    assert pair.access not in said


async def test_the_hot_path_is_not_held_up_by_other_peoples_refreshes(bench: VaultBench) -> None:
    busy, idle = await bench.link(0), await bench.link(1)
    await bench.vault.access_token(idle)
    bench.clock.advance(3600)
    await bench.vault.access_token(idle)
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    refreshing = asyncio.create_task(bench.vault.access_token(busy))
    await fault.hit.wait()
    began = time.perf_counter()
    await bench.vault.access_token(idle)
    assert time.perf_counter() - began < 1
    go.set()
    await refreshing


async def test_closing_waits_for_the_refresh_under_way(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    token = asyncio.create_task(bench.vault.access_token(person))
    await fault.hit.wait()
    closing = asyncio.create_task(bench.vault.close())
    go.set()
    await closing
    assert bench.accepts(await token)
    assert grant_vault.WAIT_TIMEOUT < 15


async def test_unlinking_and_linking_again_during_an_outage(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    bench.atlassian.fault(times=None, status=503)
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person)
    await bench.vault.disconnect(person)
    with pytest.raises(NotConnectedError):
        await bench.vault.access_token(person)
    await bench.link()
    assert bench.accepts(await bench.vault.access_token(person))

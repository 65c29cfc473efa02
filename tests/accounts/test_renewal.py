"""F08: grants that nobody uses are kept alive, and their absolute end is announced once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.accounts import renewal
from bot.accounts.grant_table import Grant
from bot.accounts.model import Account
from bot.accounts.renewal import DAY, Due, Upkeep, due
from bot.storage.base import Row, StoreUnavailableError
from sandbox.people import PEOPLE
from tests.support.accounts import SITE, Bench, someone, user

NOW = 1_800_000_000.0


def a_grant(number: int = 0, **changes: object) -> Grant:
    account = Account(someone(number), user(number), (SITE,), SITE.cloud_id, (), NOW - 10 * DAY)
    grant = Grant(account, "sealed", "g", NOW + 3600, 3600, NOW - 10 * DAY)
    linked_at = changes.pop("linked_at", account.linked_at)
    return replace(grant, account=replace(account, linked_at=linked_at), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (a_grant(), Due.NOTHING),
        (a_grant(refreshed_at=NOW - 74 * DAY), Due.NOTHING),
        (a_grant(refreshed_at=NOW - 85 * DAY), Due.RENEWAL),
        (a_grant(linked_at=NOW - 350 * DAY), Due.NOTHING),
        (a_grant(linked_at=NOW - 352 * DAY), Due.NOTICE),
        (a_grant(linked_at=NOW - 352 * DAY, end_announced=True), Due.NOTHING),
        (a_grant(linked_at=NOW - 352 * DAY, end_announced=True, refreshed_at=NOW - 85 * DAY), Due.RENEWAL),
        (a_grant(ended="invalid_grant", ended_at=NOW - DAY, linked_at=NOW - 352 * DAY), Due.NOTHING),
        (a_grant(ended="invalid_grant", ended_at=NOW - 91 * DAY), Due.REMOVAL),
    ],
)
def test_f08_what_a_grant_needs(grant: Grant, expected: Due) -> None:
    assert due(grant, NOW) is expected


def test_f08_renewals_are_spread() -> None:
    grants = [a_grant(n) for n in range(len(PEOPLE))]
    days = {
        next(d for d in range(70, 90) if due(replace(g, refreshed_at=NOW - d * DAY), NOW) is Due.RENEWAL)
        for g in grants
    }
    assert len(days) > 1
    assert max(days) < 90


async def test_f08_an_idle_grant_outlives_its_90_days(bench: Bench) -> None:
    person = await bench.link()
    care = Upkeep(bench.vault, bench.store, clock=bench.clock)
    for _ in range(33):
        bench.clock.pass_(10 * DAY)
        await care.renew_idle()
    assert 3 <= len(bench.atlassian.refreshes) <= 5
    assert bench.accepts(await bench.vault.access_token(person))


async def test_f08_the_end_is_announced_once_a_fortnight_ahead(bench: Bench) -> None:
    person = await bench.link()
    told: list[Account] = []

    async def on_expiring(account: Account) -> None:
        told.append(account)

    care = Upkeep(bench.vault, bench.store, on_expiring, bench.clock)
    for _ in range(36):
        bench.clock.pass_(10 * DAY)
        await care.renew_idle()
        await care.renew_idle()
    assert [account.person for account in told] == [person]
    await bench.link()
    await care.renew_idle()
    assert len(told) == 1


async def test_f08_one_replica_at_a_time_goes_round(bench: Bench) -> None:
    await bench.link()
    bench.clock.pass_(86 * DAY)
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    first = asyncio.create_task(Upkeep(bench.vault, bench.store, clock=bench.clock).renew_idle())
    await fault.hit.wait()
    second = Upkeep(bench.restarted(), bench.store, clock=bench.clock)
    assert await asyncio.wait_for(second.renew_idle(), 3) == 0
    go.set()
    assert await first == 1


async def test_t42_an_ended_grant_is_forgotten_after_90_days(bench: Bench) -> None:
    person = await bench.link()
    await bench.vault.table.update(person, lambda g: replace(g, ended="invalid_grant", ended_at=bench.clock()))
    care = Upkeep(bench.vault, bench.store, clock=bench.clock)
    await care.renew_idle()
    assert await bench.rows() == 1
    bench.clock.pass_(91 * DAY)
    await care.renew_idle()
    assert await bench.rows() == 0


async def test_a_spoilt_row_does_not_keep_the_others_from_being_renewed(bench: Bench) -> None:
    first, tampered, last = sorted([await bench.link(n) for n in range(3)], key=lambda p: p.key)
    await bench.store.put("grants", first.key, {"generation": "x", "ended": ""})
    await bench.vault.table.update(tampered, lambda g: replace(g, tokens="v1.00000000." + "A" * 40))
    bench.clock.pass_(86 * DAY)
    assert await Upkeep(bench.vault, bench.store, clock=bench.clock).renew_idle() == 1
    assert bench.accepts(await bench.vault.access_token(last))
    assert await bench.vault.rotate_keys() == 0
    assert [a.person for a in await bench.vault.accounts()] == [tampered, last]


async def test_the_first_round_is_made_at_start_and_survives_a_store_that_is_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = asyncio.Event()

    async def broken(_table: str, _tag: str) -> None:
        called.set()
        raise StoreUnavailableError

    monkeypatch.setattr(bench.store, "find", broken)
    running = asyncio.create_task(Upkeep(bench.vault, bench.store, clock=bench.clock).run())
    await asyncio.wait_for(called.wait(), 5)
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_f08_a_fault_in_one_round_leaves_the_others_at_work(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.link()
    bench.clock.pass_(360 * DAY)
    rounds, told = asyncio.Queue[None](), asyncio.Event()
    find = bench.store.find

    async def counted(table: str, tag: str) -> list[Row]:
        rounds.put_nowait(None)
        return await find(table, tag)

    async def faulty(_account: Account) -> None:
        told.set()
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(bench.store, "find", counted)
    monkeypatch.setattr(renewal, "INTENT_EVERY", 0.01)
    running = asyncio.create_task(Upkeep(bench.vault, bench.store, faulty, bench.clock).run())
    async with asyncio.timeout(5):
        await told.wait()
        while not rounds.empty():
            rounds.get_nowait()
        for _ in range(3):
            await rounds.get()
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

"""F08: grants that nobody uses are kept alive, and their absolute end is announced once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.accounts.account_index import TABLE as ACCOUNT_INDEX
from bot.accounts.grant_maintenance import DAY, MAINTENANCE_SECONDS, Due, GrantMaintenance, days_left, due
from bot.accounts.grant_table import Grant
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import Account
from bot.chat.identity import Person
from bot.jobs.periodic import PeriodicTask
from bot.storage.base import Row, StoreUnavailableError
from sandbox.people import PEOPLE
from tests.support.accounts import SITE, VaultBench, someone, user

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


@pytest.mark.parametrize(
    ("age_days", "expected"), [(351, 14), (351.3, 14), (363, 2), (363.4, 2), (364, 1), (364.9, 1), (400, 1)]
)
def test_f08_an_ending_link_says_how_many_days_are_left(age_days: float, expected: int) -> None:
    assert days_left(a_grant(linked_at=NOW - age_days * DAY).account, NOW) == expected


def test_f08_renewals_are_spread() -> None:
    grants = [a_grant(n) for n in range(len(PEOPLE))]
    days = {
        next(d for d in range(70, 90) if due(replace(g, refreshed_at=NOW - d * DAY), NOW) is Due.RENEWAL)
        for g in grants
    }
    assert len(days) > 1
    assert max(days) < 90


async def test_f08_an_idle_grant_outlives_its_90_days(bench: VaultBench) -> None:
    person = await bench.link()
    maintenance = GrantMaintenance(bench.vault, clock=bench.clock)
    for _ in range(33):
        bench.clock.advance(10 * DAY)
        await maintenance.maintain_grants()
    assert 3 <= len(bench.atlassian.refreshes) <= 5
    assert bench.accepts(await bench.vault.access_token(person))


async def test_f38_grants_that_were_restored_alone_are_found_by_their_jira_account(bench: VaultBench) -> None:
    person = await bench.link()
    [row] = await bench.store.page(ACCOUNT_INDEX)
    await bench.store.delete(ACCOUNT_INDEX, row.key)
    assert await bench.vault.people_of(SITE.cloud_id, user(0).account_id) == []
    await GrantMaintenance(bench.vault, clock=bench.clock).maintain_grants()
    assert await bench.vault.people_of(SITE.cloud_id, user(0).account_id) == [person]
    assert await bench.store.page(ACCOUNT_INDEX) == [replace(row, version=1)]


async def test_f08_the_end_is_announced_once_a_fortnight_ahead(bench: VaultBench) -> None:
    person = await bench.link()
    told: list[tuple[Person, int]] = []

    async def on_expiring(account: Account, left: int) -> None:
        told.append((account.person, left))

    maintenance = GrantMaintenance(bench.vault, on_expiring, bench.clock)
    for _ in range(36):
        bench.clock.advance(10 * DAY)
        await maintenance.maintain_grants()
        await maintenance.maintain_grants()
    assert told == [(person, 5)]
    await bench.link()
    await maintenance.maintain_grants()
    assert len(told) == 1


async def test_f08_one_replica_at_a_time_goes_round(bench: VaultBench) -> None:
    await bench.link()
    bench.clock.advance(86 * DAY)
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    renewed: list[int] = []

    def replica(vault: GrantVault) -> PeriodicTask:
        async def renew() -> None:
            renewed.append(await GrantMaintenance(vault, clock=bench.clock).maintain_grants())

        return PeriodicTask(bench.store, "grants", renew, every=MAINTENANCE_SECONDS, clock=bench.clock)

    first = asyncio.create_task(replica(bench.vault).run_once(force=True))
    await fault.hit.wait()
    await asyncio.wait_for(replica(bench.restarted()).run_once(force=True), 3)
    assert renewed == []
    go.set()
    await first
    assert renewed == [1]


async def test_t42_an_ended_grant_is_forgotten_after_90_days(bench: VaultBench) -> None:
    person = await bench.link()
    await bench.vault.table.update(person, lambda g: replace(g, ended="invalid_grant", ended_at=bench.clock()))
    maintenance = GrantMaintenance(bench.vault, clock=bench.clock)
    await maintenance.maintain_grants()
    assert await bench.rows() == 1
    bench.clock.advance(91 * DAY)
    await maintenance.maintain_grants()
    assert await bench.rows() == 0


async def test_a_spoilt_row_does_not_keep_the_others_from_being_renewed(bench: VaultBench) -> None:
    first, tampered, last = sorted([await bench.link(n) for n in range(3)], key=lambda p: p.key)
    await bench.store.put("grants", first.key, {"generation": "x", "ended": ""})
    await bench.vault.table.update(tampered, lambda g: replace(g, tokens="v1.00000000." + "A" * 40))
    bench.clock.advance(86 * DAY)
    assert await GrantMaintenance(bench.vault, clock=bench.clock).maintain_grants() == 1
    assert bench.accepts(await bench.vault.access_token(last))
    assert await bench.vault.rotate_keys() == 0
    assert [a.person async for a in bench.vault.accounts()] == [tampered, last]


async def test_the_first_round_is_made_at_start_and_survives_a_store_that_is_down(
    bench: VaultBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = asyncio.Event()

    async def broken(_table: str, _tag: str) -> None:
        called.set()
        raise StoreUnavailableError

    monkeypatch.setattr(bench.store, "find", broken)
    maintenance, rounds = GrantMaintenance(bench.vault, clock=bench.clock), asyncio.Queue[None]()

    async def retry() -> None:
        rounds.put_nowait(None)
        await maintenance.retry_open_intents()

    async with PeriodicTask(bench.store, "refreshes", retry, every=0.01), asyncio.timeout(5):
        await called.wait()
        for _ in range(3):
            await rounds.get()


async def test_f08_a_fault_in_one_round_leaves_the_others_at_work(
    bench: VaultBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.link()
    bench.clock.advance(360 * DAY)
    rounds, told = asyncio.Queue[None](), asyncio.Event()
    find = bench.store.find

    async def counted(table: str, tag: str) -> list[Row]:
        rounds.put_nowait(None)
        return await find(table, tag)

    async def faulty(_account: Account, _days: int) -> None:
        told.set()
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(bench.store, "find", counted)
    maintenance = GrantMaintenance(bench.vault, faulty, bench.clock)
    async with (
        PeriodicTask(bench.store, "refreshes", maintenance.retry_open_intents, every=0.01),
        PeriodicTask(bench.store, "grants", maintenance.maintain_grants, every=MAINTENANCE_SECONDS),
        asyncio.timeout(5),
    ):
        await told.wait()
        while not rounds.empty():
            rounds.get_nowait()
        for _ in range(3):
            await rounds.get()

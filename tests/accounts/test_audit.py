"""The audit log: what is noted, by whom, for how long, and what is not in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from bot.accounts import audit
from bot.accounts.audit import EVENT, TABLE, Actor, AuditAction, AuditEntry, AuditLog
from bot.accounts.grant_maintenance import DAY, GrantMaintenance
from bot.accounts.grant_table import TABLE as GRANTS
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.jira.models import JiraUser
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.embedded import EmbeddedStore
from tests.support.accounts import SITE, VaultBench, someone, user
from tests.support.clock import Clock
from tests.support.notifications.payloads import ANN, BEN, HERE


@pytest.fixture
def fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lines be captured, also after a test that has set up logging: then loggers are bound for good."""
    monkeypatch.setattr(audit, "log", structlog.get_logger())


async def entries(bench: VaultBench) -> list[AuditEntry]:
    """Everything noted, once what runs in the background has ended."""
    await bench.vault.close()
    return [entry async for entry in AuditLog(bench.store, clock=bench.clock).since(0)]


def noted(entry: AuditEntry) -> tuple[str, str, str]:
    return entry.action, entry.person, entry.by


@pytest.mark.usefixtures("fresh_log")
async def test_the_life_of_a_link_is_noted_by_ids_alone(bench: VaultBench) -> None:
    with capture_logs() as lines:
        person = await bench.link()
        bench.clock.advance(1)
        await bench.link()
        bench.clock.advance(1)
        await bench.vault.save_link(
            person, user(1), (SITE,), bench.atlassian.consent(1), default_site=SITE.cloud_id
        )
        bench.clock.advance(1)
        await bench.vault.disconnect(person)
    key = person.key
    stored = await entries(bench)
    assert [noted(entry) for entry in stored] == [
        ("linked", key, key),
        ("renewed", key, key),
        ("replaced", key, key),
        ("disconnected", key, key),
    ]
    assert [entry.details for entry in stored] == [
        {"account": user().account_id},
        {"account": user().account_id},
        {"account": user(1).account_id},
        {},
    ]
    logged = [line for line in lines if line["event"] == EVENT]
    assert [(line["action"], line["person"], line["by"]) for line in logged] == [noted(entry) for entry in stored]
    said = f"{logged}{await bench.store.page(TABLE)}"
    names = {text for someone in (user(), user(1)) for text in (someone.name, someone.email)}
    assert not [text for text in {*names, *bench.atlassian.login.tokens.access} if text in said]


async def test_a_link_that_atlassian_ended_is_noted_once_and_so_is_its_removal(bench: VaultBench) -> None:
    person = await bench.link()
    stolen = bench.vault.table.open(await bench.grant(person)).refresh
    await bench.endpoint.refresh(stolen)
    bench.expire()
    for _ in range(2):
        with pytest.raises(GrantRevokedError):
            await bench.vault.access_token(person)
    bench.clock.advance(11 * DAY)
    maintenance = GrantMaintenance(bench.vault, clock=bench.clock, ended_days=12)
    await maintenance.maintain_grants()
    assert await bench.rows(GRANTS) == 1
    bench.clock.advance(2 * DAY)
    await maintenance.maintain_grants()
    _, revoked, removed = await entries(bench)
    assert noted(revoked) == ("revoked", person.key, "atlassian")
    assert revoked.details["reason"] == "invalid_grant"
    assert noted(removed) == ("expired", person.key, "bridge")


async def test_a_link_of_another_account_is_noted_as_such(bench: VaultBench) -> None:
    person = await bench.link()

    async def somebody_else(_token: str, _cloud_id: str) -> JiraUser:
        return user(1)

    vault = GrantVault(bench.store, bench.keyring, bench.endpoint, clock=bench.clock, whoami=somebody_else)
    bench.expire()
    with pytest.raises(NotConnectedError):
        await vault.access_token(person)
    assert noted((await entries(bench))[-1]) == ("mismatched", person.key, "bridge")


async def test_a_subscription_that_is_taken_over_names_its_owner_before(bench: VaultBench) -> None:
    subscription = Subscription("1", HERE, ANN, "cloud-1", "acme.example", "PROJ", "", frozenset())
    taken = await Subscriptions(bench.store, clock=bench.clock).take_over(subscription, BEN)
    [entry] = await entries(bench)
    assert noted(entry) == ("subscription taken over", BEN.key, BEN.key)
    assert entry.details == {"previous": ANN.key, "subscription": taken.id}
    log = AuditLog(bench.store, clock=bench.clock)
    assert await log.of_person(ANN) == await log.of_person(BEN) == [entry]


async def test_entries_are_read_from_a_time_on_and_kept_for_their_time(tmp_path: Path, clock: Clock) -> None:
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    log, times = AuditLog(store, retention=10.0, clock=clock), []
    for number in range(3):
        times.append(clock())
        await log.record(AuditAction.LINKED, someone(number), by=Actor.ADMIN)
        clock.advance(4)
    assert [entry.at async for entry in log.since(0)] == times[1:]
    assert [entry.at async for entry in log.since(times[1])] == times[1:]
    assert [entry.at async for entry in log.since(times[1] + 1)] == times[2:]
    assert [entry.at for entry in await log.of_person(someone(1))] == [times[1]]
    await store.sweep()
    assert await store.count(TABLE) == 2
    await store.close()


async def test_many_entries_are_all_read_in_their_order(bench: VaultBench) -> None:
    log = AuditLog(bench.store, clock=bench.clock)
    for _ in range(1_050):
        await log.record(AuditAction.LINKED, someone())
        bench.clock.advance(0.002)
    times = [entry.at async for entry in log.since(0)]
    assert times == sorted(times)
    assert len(times) == 1_050


@pytest.mark.usefixtures("fresh_log")
async def test_what_happened_counts_although_its_entry_cannot_be_stored(bench: VaultBench) -> None:
    person = await bench.link()
    await bench.store.close()
    with capture_logs() as lines:
        await AuditLog(bench.store).record(AuditAction.REVOKED, person, by=Actor.ATLASSIAN)
    await bench.store.open()
    assert [line["event"] for line in lines] == [EVENT, "audit entry not stored"]

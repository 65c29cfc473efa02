"""A store of the first release is converted when it is opened, and nothing of it is lost (tests/data/stores)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import TokenAnswer, TokenOutcomeUnknown
from bot.admin import dead_letters
from bot.chat.identity import Person
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import (
    Job,
    StoreCorruptError,
    Stored,
    StoredJob,
    StoredRecord,
    StoreOutdatedError,
    StoreUnavailableError,
)
from bot.storage.embedded import EmbeddedStore
from bot.storage.embedded.upgrade import KEPT
from bot.storage.encryption import Keyring, check_keys
from tests.support.paths import DATA

pytestmark = pytest.mark.slow

STORES = DATA / "stores"
NOW = 1_796_000_010.0
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"


class NoRefresh:
    async def refresh(self, refresh_token: str, *, seconds: float = 0.0) -> TokenAnswer:
        return TokenOutcomeUnknown("not in this test")


def row(item: Stored) -> list[Any]:
    """As a line of `first-format.json`."""
    if isinstance(item, StoredRecord):
        return ["record", item.table, item.key, item.value, list(item.tags), item.expires_at]
    if isinstance(item, StoredJob):
        job, rest = item.job, [item.put_at, item.attempts, item.reason, item.died_at]
        return ["job", item.queue, job.id, job.payload, job.group, job.due, list(job.keys), *rest]
    return ["names", item.queue, *item.names, item.forget_at]


def expected() -> list[list[Any]]:
    """Return what the first release exported, names one by one."""
    rows = []
    for one in json.loads((STORES / "first-format.json").read_text()):
        rows += [["names", one[1], name, one[3]] for name in one[2]] if one[0] == "names" else [one]
    return rows


def store_in(folder: Path, **more: Any) -> EmbeddedStore:
    return EmbeddedStore(folder, clock=lambda: NOW, **more)


async def export(folder: Path) -> list[list[Any]]:
    store = store_in(folder)
    await store.open()
    rows = [row(item) async for item in store.export()]
    await store.close()
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(STORES / "first-format", tmp_path / "store")


def test_everything_is_there_and_the_old_form_is_kept(folder: Path) -> None:
    for _ in range(2):
        rows = asyncio.run(export(folder))
        assert sorted(rows, key=repr) == sorted(expected(), key=repr)
        for queue in ("inbox", "outbox"):
            order = [[one[2] for one in some if one[:2] == ["job", queue]] for some in (rows, expected())]
            alive = {one[2] for one in expected() if one[0] == "job" and one[-2] is None}
            assert [name for name in order[0] if name in alive] == [name for name in order[1] if name in alive]
    assert sorted(path.name for path in folder.iterdir()) == [KEPT, "grants", "lock", "store.sqlite3"]
    kept = {path.relative_to(folder / KEPT): path.read_bytes() for path in (folder / KEPT).rglob("*.json")}
    original = STORES / "first-format"
    assert kept == {path.relative_to(original): path.read_bytes() for path in original.rglob("*.json")}


async def test_everybody_is_still_linked_and_everything_goes_on(folder: Path) -> None:
    store, keyring = store_in(folder), Keyring([KEY])
    await store.open()
    await check_keys(store, keyring)
    vault = GrantVault(store, keyring, NoRefresh(), clock=lambda: NOW)
    accounts = [account async for account in vault.accounts()]
    assert [account.user.name for account in accounts] == [f"Person {n}" for n in range(20)]
    for n, account in enumerate(accounts[:19]):
        assert await vault.access_token(account.person) == f"access-{n}"
        assert await vault.people_of("cloud-1", account.user.account_id) == [account.person]
    assert [g.account.person for g in await vault.table.with_open_intent()] == [accounts[19].person]
    await vault.close()
    subscriptions = Subscriptions(store)
    assert [s.project async for s in subscriptions.all()] in (["PROJ", ""], ["", "PROJ"])
    assert len(await subscriptions.of_owner(Person.from_key(accounts[1].person.key))) == 1
    dead = [(row.queue, row.reason) async for row in dead_letters.list_dead(store)]
    assert dead == [("inbox", "crashed: ValueError at bot/x.py:1"), ("outbox", "Teams: 24 hours of failures")]
    assert (await store.stats("outbox")).waiting == 8
    assert (await store.stats("inbox")).waiting == 2
    for name in [one[2] for one in expected() if one[0] in ("job", "names")]:
        queue = next(one[1] for one in expected() if one[2] == name)
        assert not any(await store.enqueue_all(queue, [Job(name, {})]))
    await store.close()


async def test_what_a_crash_left_in_the_old_form_does_not_count(folder: Path) -> None:
    grants, jobs = folder / "tables" / "grants", folder / "queues" / "inbox" / "jobs"
    (folder / "format.json.tmp").write_bytes(b"half")
    (grants / "all0.json.tmp").write_bytes(b"half")
    shutil.copy(grants / "all0.json", grants / "all00.json")  # half of a split
    shutil.copytree(grants, folder / "tables" / "half.tmp")
    shutil.copy(jobs / "0000000000000004-1.json", jobs / "0000000000000002-1.json")  # a finished one's number
    assert sorted(await export(folder), key=repr) == sorted(expected(), key=repr)


@pytest.mark.parametrize("damage", ["flipped", "missing", "version"])
def test_f27_damage_in_the_old_form_is_named_and_nothing_is_changed(folder: Path, damage: str) -> None:
    path = folder / "tables" / "grants" / "all0.json"
    if damage == "flipped":
        path.write_bytes(path.read_bytes().replace(b"Person 1", b"Person 2", 1))
    elif damage == "missing":
        path.unlink()
    else:
        path = folder / "format.json"
        path.write_text('{"format": "teams-jira-bridge store", "version": 2}')
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    with pytest.raises(StoreCorruptError) as error:
        asyncio.run(export(folder))
    assert str(path if damage != "missing" else path.parent) in str(error.value)
    assert {path: path.read_bytes() for path in folder.rglob("*.json") if "converted" not in str(path)} == before


async def test_reading_alone_converts_nothing(folder: Path) -> None:
    with pytest.raises(StoreOutdatedError, match="older release"):
        await store_in(folder, read_only=True).open()


def deadly(call: Any, last: int) -> Any:
    """Wrap a call, whose caller dies when it would call for the `last` time."""
    steps = count(1)

    def counted(*args: Any, **more: Any) -> Any:
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **more)

    return counted


@pytest.mark.parametrize("name", ["replace", "mkdir", "unlink"])
def test_f28_killed_at_any_step_it_is_converted_at_the_next_start(folder: Path, name: str, tmp_path: Path) -> None:
    call = getattr(os, name)
    for at in count(1, 1 if name == "mkdir" else 3):
        shutil.rmtree(folder)
        shutil.copytree(STORES / "first-format", folder)
        if (child := os.fork()) == 0:
            with mock.patch.object(os, name, deadly(call, at)):
                asyncio.run(export(folder))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert sorted(asyncio.run(export(folder)), key=repr) == sorted(expected(), key=repr)
        assert sorted(path.name for path in folder.iterdir()) == [KEPT, "grants", "lock", "store.sqlite3"]
        if not os.WIFSIGNALED(status):
            break
    assert at > 1


async def test_a_full_disk_leaves_the_old_form(folder: Path) -> None:
    with (
        mock.patch.object(os, "replace", side_effect=OSError(28, "No space left on device")),
        pytest.raises(StoreUnavailableError, match="No space left"),
    ):
        await store_in(folder).open()
    assert sorted(await export(folder), key=repr) == sorted(expected(), key=repr)

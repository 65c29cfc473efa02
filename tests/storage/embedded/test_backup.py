"""Embedded engine: a backup made while the store is in use is a store of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from unittest import mock

import pytest

from bot.storage.base import Job, StoreCorruptError, StoredJob, StoredRecord, StoreError, StoreUnavailableError
from bot.storage.copy import copy_store
from bot.storage.embedded import EmbeddedStore
from bot.storage.factory import back_up_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    for n in range(50):
        await store.put("grants", f"tenant/{n}", {"n": n})
        await store.put("people", f"{n}", {"n": n})
        await store.enqueue("work", Job(f"{n}", {"n": n}, group=f"g{n % 5}"))
    yield store
    await store.close()


def url(folder: Path) -> str:
    return f"tinydb://{folder}"


async def test_a_backup_holds_what_was_there_whatever_is_written_meanwhile(
    store: EmbeddedStore, tmp_path: Path
) -> None:
    stop = asyncio.Event()

    async def write_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await store.put("grants", f"tenant/{number % 50}", {"n": number % 50, "again": number})
            await store.take("grants", f"tenant/more{number - 1}")
            await store.put("grants", f"tenant/more{number}", {})
            await store.enqueue("work", Job(f"more{number}", {}))

    writing = asyncio.create_task(write_on())
    assert await back_up_store(url(tmp_path / "store"), tmp_path / "backup") >= 50
    stop.set()
    await writing
    backup, restored = EmbeddedStore(tmp_path / "backup"), EmbeddedStore(tmp_path / "restored")
    await backup.open()
    await restored.open()
    await copy_store(backup, restored)
    items = [item async for item in restored.export()]
    for table, prefix in (("grants", "tenant/"), ("people", "")):
        values = {
            i.key: i.value["n"] for i in items if isinstance(i, StoredRecord) and i.table == table and i.value
        }
        assert values == {f"{prefix}{n}": n for n in range(50)}
    jobs = {item.job.id for item in items if isinstance(item, StoredJob)}
    assert jobs >= {f"{n}" for n in range(50)}
    with pytest.raises(StoreError, match="not empty"):
        await copy_store(backup, restored)
    await backup.close()
    await restored.close()


async def test_a_backup_goes_into_a_new_folder(store: EmbeddedStore, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "thesis.txt").write_text("…")
    with pytest.raises(StoreError, match="not empty"):
        await back_up_store(url(tmp_path / "store"), tmp_path / "there")
    with pytest.raises(StoreError, match="no store"):
        await back_up_store(url(tmp_path / "nothing"), tmp_path / "backup")
    with pytest.raises(ValueError, match="pg_dump"):
        await back_up_store("postgresql://localhost/x", tmp_path / "backup")


async def test_f26_a_backup_that_was_cut_short_does_not_pass_for_one(store: EmbeddedStore, tmp_path: Path) -> None:
    with (
        mock.patch("shutil.copy2", side_effect=OSError(28, "No space left on device")),
        pytest.raises(StoreUnavailableError, match="No space left"),
    ):
        await back_up_store(url(tmp_path / "store"), tmp_path / "backup")
    with pytest.raises(StoreCorruptError, match="unfinished copy"):
        await EmbeddedStore(tmp_path / "backup").open()

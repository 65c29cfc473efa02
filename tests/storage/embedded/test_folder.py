"""Embedded engine: one process, one format, and files that are what was written."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tinydb import TinyDB

from bot.storage.base import Row, StoreCorruptError, StoreError, StoreLockedError, StoreUnavailableError
from bot.storage.embedded import EmbeddedStore
from tests.storage.embedded.test_crash import content, set_up
from tests.support.storage.crash_points import files, opened_for

HOLDER = """
import asyncio, sys
from pathlib import Path
from bot.storage.embedded import EmbeddedStore

async def main():
    store = EmbeddedStore(Path(sys.argv[1]))
    await store.open()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def prepared(quick_folder: Path) -> Path:
    folder = quick_folder / "prepared"
    asyncio.run(opened_for(folder, set_up))
    return folder


@pytest.fixture
def folder(prepared: Path, quick_folder: Path) -> Iterator[Path]:
    yield shutil.copytree(prepared, quick_folder / "store")
    shutil.rmtree(quick_folder / "store")


async def test_f29_a_second_process_is_refused_and_told_who_is_in(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    arguments = [sys.executable, "-c", HOLDER, str(folder), "--password=s3cret-value"]
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"
    with pytest.raises(StoreLockedError) as refused:
        await EmbeddedStore(folder).open()
    holder.kill()
    await holder.communicate()
    assert f"Process {holder.pid} on " in str(refused.value)
    assert "s3cret" not in str(refused.value)
    store = EmbeddedStore(folder)
    await store.open()  # the dead one's lock is gone
    with pytest.raises(StoreLockedError, match=f"Process {os.getpid()} "):
        await EmbeddedStore(folder).open()
    await store.close()
    again = EmbeddedStore(folder)
    await again.open()
    await again.close()


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    earlier = os.umask(0)
    store = EmbeddedStore(tmp_path / "deep" / "store")
    try:
        await store.open()
        await set_up(store)
        paths = list((tmp_path / "deep").rglob("*"))
    finally:
        os.umask(earlier)
        await store.close()
    assert {"store.sqlite3-wal", "tenant+k3.json"} <= {path.name for path in paths}
    for path in paths:
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path


async def test_a_grant_is_a_tinydb_file_that_an_admin_can_read(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    await store.put("grants", "tenant-id/object-id", {"account": "712020:1"}, tags=["intent"])
    await store.close()
    path = tmp_path / "store" / "grants" / "tenant-id+object-id.json"
    with TinyDB(path) as db:
        [document] = db.all()
    assert document == {
        "key": "tenant-id/object-id",
        "value": {"account": "712020:1"},
        "version": 1,
        "tags": ["intent"],
        "expires_at": None,
    }
    assert '\n      "value": {\n' in path.read_text()


@pytest.mark.slow
def test_f27_no_flipped_bit_goes_unnoticed(folder: Path) -> None:
    expected = content(folder)
    random_ = random.Random(27)
    paths = files(folder)
    sizes = [path.stat().st_size for path in paths]
    noticed = 0
    for number in range(300):
        path = random_.choices(paths, sizes if number % 2 else None)[0]
        raw = path.read_bytes()
        at = random_.randrange(len(raw))
        damaged = raw[:at] + bytes([raw[at] ^ (1 << random_.randrange(8))]) + raw[at + 1 :]
        path.write_bytes(damaged)
        sentence = ""
        try:
            assert content(folder) == expected, (path, at)
        except StoreCorruptError as error:
            sentence = str(error)
        if sentence:
            noticed += 1
            assert str(path) in sentence or "database is damaged: the checksum of" in sentence
            assert path.suffix == ".sqlite3" or path.read_bytes() == damaged
        shutil.rmtree(folder / "grants")
        shutil.copytree(folder.with_name("prepared") / "grants", folder / "grants")
        for log in folder.glob("store.sqlite3*"):
            log.unlink()
        shutil.copy2(folder.with_name("prepared") / "store.sqlite3", folder)
    assert noticed > 120  # the others hit free space
    assert content(folder) == expected


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "another's"])
def test_f27_a_damaged_file_is_named_and_left_alone(folder: Path, damage: str) -> None:
    paths = files(folder)
    for path in paths:
        raw = path.read_bytes()
        damaged = {
            "empty": b"",
            "cut": raw[: len(raw) // 2],
            "longer": raw + b"x",
            "another's": next(other for other in paths if other != path and other.suffix == ".json").read_bytes(),
        }[damage]
        if path.name == "store.sqlite3" and damage == "longer":
            continue  # what is behind the last page does not matter
        path.write_bytes(damaged)
        with pytest.raises(StoreCorruptError) as error:
            content(folder)
        assert str(path) in str(error.value)
        assert path.read_bytes() == damaged
        path.write_bytes(raw)
    content(folder)


def test_f27_a_row_that_was_changed_by_hand_is_noticed_when_it_is_read(folder: Path) -> None:
    for statement in (
        "UPDATE records SET value = '{}' WHERE key = 'k3'",
        "UPDATE records SET version = 7 WHERE key = 'k3'",
        "UPDATE records SET expires_at = 9e9 WHERE key = 'k3'",
        "UPDATE jobs SET payload = '{}' WHERE id = 'second'",
        "UPDATE jobs SET group_name = 'h' WHERE id = 'second'",
    ):
        copy = shutil.copytree(folder, folder.with_name("changed"))
        with sqlite3.connect(copy / "store.sqlite3") as db:
            db.execute(statement)
        db.close()
        with pytest.raises(StoreCorruptError, match=r"the checksum of (people/k3|work/second) does not fit"):
            content(copy)
        shutil.rmtree(copy)


def test_f27_what_is_no_bridges_database_is_refused(folder: Path) -> None:
    with sqlite3.connect(folder / "store.sqlite3") as db:
        db.execute("DROP TRIGGER head_gone")
    db.close()
    with pytest.raises(StoreCorruptError, match="not those that were made"):
        content(folder)


def test_f27_an_unknown_format_is_refused(folder: Path) -> None:
    with sqlite3.connect(folder / "store.sqlite3") as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(StoreCorruptError, match="format version 2; this release reads version 1"):
        content(folder)


async def test_f27_a_folder_of_other_things_is_no_empty_store(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("…")
    with pytest.raises(StoreCorruptError, match="no store"):
        await EmbeddedStore(tmp_path).open()
    assert {path.name for path in files(tmp_path)} == {"thesis.txt"}


@pytest.mark.parametrize("stray", ["grants/notes.json", "grants/notes.txt", "grants/tenant+other.json"])
def test_f27_strange_files_among_the_grants_are_refused(folder: Path, stray: str) -> None:
    shutil.copy2(folder / "grants" / "tenant+k3.json", folder / stray)
    with pytest.raises(StoreCorruptError, match=stray.replace("+", r"\+")):
        content(folder)
    assert (folder / stray).exists()


def test_the_folder_of_grants_alone_is_a_store(folder: Path) -> None:
    (folder / "store.sqlite3").unlink()

    async def work(store: EmbeddedStore) -> None:
        assert len(await store.page("grants")) == 8
        assert await store.find("grants", "t3") == [Row("tenant/k3", {"n": 3}, 1)]

    asyncio.run(opened_for(folder, work))


def test_grants_that_were_restored_beside_a_newer_database_are_what_counts(folder: Path) -> None:
    older = shutil.copytree(folder / "grants", folder.with_name("older"))

    async def go_on(store: EmbeddedStore) -> None:
        await store.put("grants", "tenant/k3", {"n": 99}, tags=["intent"])
        await store.put("grants", "tenant/new", {"n": 100}, tags=["intent"])
        await store.take("grants", "tenant/k4")

    async def work(store: EmbeddedStore) -> None:
        assert await store.find("grants", "intent") == []
        assert await store.find("grants", "t3") == [Row("tenant/k3", {"n": 3}, 1)]
        assert [row.key for row in await store.page("grants")] == [f"tenant/k{n}" for n in range(8)]

    asyncio.run(opened_for(folder, go_on))
    shutil.rmtree(folder / "grants")
    shutil.move(older, folder / "grants")
    asyncio.run(opened_for(folder, work))


def test_leftovers_of_a_crash_are_cleared_at_open(folder: Path) -> None:
    expected = content(folder)
    (folder / "grants" / "tenant+k3.json.tmp").write_bytes(b"half")
    assert content(folder) == expected
    assert not list(folder.rglob("*.tmp"))


async def test_f26_a_new_folder_is_as_durable_as_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, sync = set[Path](), os.fsync

    def watched(descriptor: int) -> None:
        synced.add(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    store = EmbeddedStore(tmp_path / "new" / "store")
    await store.open()
    await store.close()
    assert {tmp_path, tmp_path / "new", tmp_path / "new" / "store"} <= synced


async def test_f26_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match=r"Not a directory|File exists"):
        await EmbeddedStore(tmp_path / "file" / "store").open()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    calls: list[Callable[[], object]] = [store.ping, lambda: store.get("a", "b"), lambda: store.put("a", "b", {})]
    calls += [lambda: store.get("grants", "b"), lambda: store.put("grants", "b", {})]
    await store.open()
    await store.put("a", "b", {})
    await store.close()
    await store.close()
    for call in calls:
        with pytest.raises(StoreError, match="not open"):
            await call()  # type: ignore[misc]


@pytest.mark.parametrize("table", ["people", "grants"])
async def test_what_another_wrote_while_it_was_closed_is_seen(tmp_path: Path, table: str) -> None:
    first, second = EmbeddedStore(tmp_path / "store"), EmbeddedStore(tmp_path / "store")
    await first.open()
    await first.put(table, "a", {"n": 1})
    await first.close()
    await second.open()
    await second.put(table, "a", {"n": 2})
    await second.close()
    await first.open()
    row = await first.get(table, "a")
    await first.close()
    assert row is not None
    assert row.value == {"n": 2}


async def test_a_store_that_is_in_use_can_be_read_by_others(tmp_path: Path) -> None:
    store, reader = EmbeddedStore(tmp_path / "store"), EmbeddedStore(tmp_path / "store", read_only=True)
    with pytest.raises(StoreUnavailableError, match="no store"):
        await reader.open()
    await store.open()
    await set_up(store)
    await reader.open()
    assert await reader.find("grants", "t3") == [Row("tenant/k3", {"n": 3}, 1)]
    assert [dead.job.id for dead in await reader.dead("work")] == ["dead"]
    await store.put("people", "k3", {"n": 99})
    assert await reader.get("people", "k3") == Row("k3", {"n": 99}, 2)
    for write in (reader.put("people", "a", {}), reader.put("grants", "a", {}), reader.ping()):
        with pytest.raises(StoreUnavailableError, match="reading only"):
            await write
    await store.close()
    assert await reader.get("people", "k3") == Row("k3", {"n": 99}, 2)
    await reader.close()
    await reader.open()  # nobody has it now
    assert len(await reader.page("people")) == 8
    await reader.close()
    await store.open()
    await store.close()


def test_every_value_of_a_job_that_no_checksum_covers_is_in_an_index(folder: Path) -> None:
    """So that the check at open notices a flipped bit in it."""
    with sqlite3.connect(folder / "store.sqlite3") as db:
        indexed: set[str] = set()
        for (index,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'jobs'"):
            indexed |= {row[2] for row in db.execute(f"PRAGMA index_info({index})")}
        columns = {row[1] for row in db.execute("PRAGMA table_info(jobs)")}
    db.close()
    assert columns - indexed - {"place", "keys", "payload", "checksum", "lease"} == set()

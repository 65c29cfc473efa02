"""TinyDB engine: one process, one format, and files that are what was written."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.storage.base import StoreCorruptError, StoreError, StoreLockedError, StoreUnavailableError
from bot.storage.tiny import TinyStore
from tests.storage.tiny.test_crash import content, opened, set_up
from tests.support.storage.crash_points import files

HOLDER = """
import asyncio, sys
from pathlib import Path
from bot.storage.tiny import TinyStore

async def main():
    store = TinyStore(Path(sys.argv[1]))
    await store.open()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def prepared(quick_folder: Path) -> Path:
    folder = quick_folder / "prepared"
    set_up(folder)
    return folder


@pytest.fixture
def folder(prepared: Path, quick_folder: Path) -> Iterator[Path]:
    yield shutil.copytree(prepared, quick_folder / "store")
    shutil.rmtree(quick_folder / "store")


async def test_f29_a_second_process_is_refused_and_told_who_is_in(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    arguments = [sys.executable, "-c", HOLDER, str(folder), "holder-of-the-store"]
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"
    with pytest.raises(StoreLockedError) as refused:
        await TinyStore(folder).open()
    holder.kill()
    await holder.communicate()
    assert f"Process {holder.pid} (" in str(refused.value)
    assert sys.executable in str(refused.value)
    store = TinyStore(folder)
    await store.open()  # the dead one's lock is gone
    with pytest.raises(StoreLockedError, match=f"Process {os.getpid()} "):
        await TinyStore(folder).open()
    await store.close()
    again = TinyStore(folder)
    await again.open()
    await again.close()


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    earlier = os.umask(0)
    try:
        set_up(tmp_path / "deep" / "store")
    finally:
        os.umask(earlier)
    for path in (tmp_path / "deep" / "store").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "deep" / "store").stat().st_mode) == 0o700


def everything(folder: Path) -> object:
    with opened(folder) as db:
        db.page("people", "", 100)
        db.queue("work").dead("", 100)
    return content(folder)


def test_f27_no_flipped_bit_goes_unnoticed(folder: Path) -> None:
    expected = everything(folder)
    random_ = random.Random(27)
    paths = files(folder)
    noticed = 0
    for _ in range(200):
        path = random_.choice(paths)
        raw = path.read_bytes()
        at = random_.randrange(len(raw))
        path.write_bytes(raw[:at] + bytes([raw[at] ^ (1 << random_.randrange(8))]) + raw[at + 1 :])
        sentence = ""
        try:
            assert everything(folder) == expected, path
        except StoreCorruptError as error:
            sentence = str(error)
        if sentence:
            noticed += 1
            assert str(path) in sentence or str(path.parent) in sentence
        path.write_bytes(raw)
    assert noticed > 180
    assert everything(folder) == expected


@pytest.mark.parametrize("damage", ["empty", "cut", "longer", "removed", "another's"])
def test_f27_a_damaged_file_is_named_and_left_alone(folder: Path, damage: str) -> None:
    paths = files(folder)
    for path in paths:
        raw = path.read_bytes()
        damaged = {
            "empty": b"",
            "cut": raw[: len(raw) // 2],
            "longer": raw + b"x",
            "removed": None,
            "another's": next(other for other in paths if other != path and other.suffix == ".json").read_bytes(),
        }[damage]
        if damaged is None:
            path.unlink()
        else:
            path.write_bytes(damaged)
        if damage == "removed" and path.parent.name in ("jobs", "settled"):
            path.write_bytes(raw)
            continue  # a job file that is not there is a job that was settled
        with pytest.raises(StoreCorruptError) as error:
            everything(folder)
        assert str(path) in str(error.value) or str(path.parent) in str(error.value)
        assert (path.read_bytes() if path.exists() else None) == damaged
        path.write_bytes(raw)
    everything(folder)


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        (b'{"format": "teams-jira-bridge store", "version": 2}', "format version 2; this release reads version 1"),
        (b'{"format": "something else", "version": 1}', "damaged"),
        (b"[]", "damaged"),
        (b"", "damaged"),
    ],
)
async def test_f27_an_unknown_format_is_refused(folder: Path, marker: bytes, sentence: str) -> None:
    (folder / "format.json").write_bytes(marker)
    with pytest.raises(StoreCorruptError, match=sentence):
        await TinyStore(folder).open()


async def test_f27_a_folder_of_other_things_is_no_empty_store(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("…")
    with pytest.raises(StoreCorruptError, match="no store"):
        await TinyStore(tmp_path).open()
    assert {path.name for path in files(tmp_path)} == {"thesis.txt"}


@pytest.mark.parametrize(
    "stray", ["tables/people/notes.json", "tables/people/all012.json", "queues/work/jobs/x.json", "tables/No"]
)
async def test_f27_strange_files_are_refused(folder: Path, stray: str) -> None:
    (folder / stray).parent.mkdir(exist_ok=True)
    (folder / stray).write_text("{}")
    with pytest.raises(StoreCorruptError, match="does not belong to this store"):
        await TinyStore(folder).open()
    assert (folder / stray).exists()


def test_leftovers_of_a_crash_are_cleared_at_open(folder: Path) -> None:
    expected = content(folder)
    for leftover in (
        "format.json.tmp",
        "tables/people/all.json.tmp",
        "queues/work/jobs/0000000000000009-0.json.tmp",
        "queues/work/settled/0000000000000009.json.tmp",
    ):
        (folder / leftover).write_bytes(b"half")
    (folder / "tables/half.tmp").mkdir()
    (folder / "tables/half.tmp/all.json").write_bytes(b"half")
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
    store = TinyStore(tmp_path / "new" / "store")
    await store.open()
    await store.close()
    assert {tmp_path, tmp_path / "new", tmp_path / "new" / "store"} <= synced


async def test_f26_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match=r"Not a directory|File exists"):
        await TinyStore(tmp_path / "file" / "store").open()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = TinyStore(tmp_path / "store")
    calls: list[Callable[[], object]] = [store.ping, lambda: store.get("a", "b"), lambda: store.put("a", "b", {})]
    await store.open()
    await store.put("a", "b", {})
    await store.close()
    await store.close()
    for call in calls:
        with pytest.raises(StoreError, match="not open"):
            await call()  # type: ignore[misc]


async def test_what_another_wrote_while_it_was_closed_is_seen(tmp_path: Path) -> None:
    first, second = TinyStore(tmp_path / "store"), TinyStore(tmp_path / "store")
    await first.open()
    await first.put("people", "a", {"n": 1})
    await first.close()
    await second.open()
    await second.put("people", "a", {"n": 2})
    await second.close()
    await first.open()
    row = await first.get("people", "a")
    await first.close()
    assert row is not None
    assert row.value == {"n": 2}

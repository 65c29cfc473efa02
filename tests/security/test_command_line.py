"""T40: no secret stands on a command line, which every user of the machine reads, nor is one repeated."""

from __future__ import annotations

import asyncio
import os
import pty
from pathlib import Path

import pytest

from bot.storage.embedded import EmbeddedStore
from tests.support.app_process import process, said_by

pytestmark = pytest.mark.slow

SECRET = "s3cret-value"
WITH_PASSWORD = (
    f"postgresql://user:{SECRET}@localhost/teams_jira",
    f"postgresql://user@localhost/teams_jira?password={SECRET}",
    f"postgresql://localhost/teams_jira?user=me&sslpassword={SECRET}",
    f"postgresql://user:{SECRET}@[localhost/teams_jira",
)


async def filled_store(folder: Path) -> str:
    """Make a store with one record, and return its URL."""
    store = EmbeddedStore(folder)
    await store.open()
    await store.put("people", "p1", {"n": 1})
    await store.close()
    return f"tinydb://{folder}"


async def has_record(folder: Path) -> bool:
    store = EmbeddedStore(folder)
    await store.open()
    record = await store.get("people", "p1")
    await store.close()
    return record is not None


@pytest.mark.parametrize("url", WITH_PASSWORD)
async def test_t40_password_on_the_command_line_is_refused(tmp_path: Path, url: str) -> None:
    plain = f"tinydb://{tmp_path / 'store'}"
    for name, arguments in (("TO", (plain, url)), ("FROM", (url, plain))):
        status, said = await said_by({}, "store", "copy", *arguments)
        assert (status, said.startswith(f"{name} holds a password")) == (2, True)
        assert f"STORE_COPY_{name}" in said
        assert SECRET not in said
    assert not (tmp_path / "store").exists()


async def test_t40_wrong_command_line_is_not_repeated(tmp_path: Path) -> None:
    status, said = await said_by({}, "store", "copy", f"tinydb://{tmp_path}", "tinydb:///x", WITH_PASSWORD[0])
    assert (status, "unrecognized arguments" in said) == (2, True)
    assert SECRET not in said


async def test_t40_stores_to_copy_are_taken_from_the_environment(tmp_path: Path) -> None:
    urls = {
        "STORE_COPY_FROM": await filled_store(tmp_path / "from"),
        "STORE_COPY_TO": f"tinydb://{tmp_path / 'to'}",
    }
    assert (await said_by(urls, "store", "copy"))[0] == 0
    assert await has_record(tmp_path / "to")


async def test_t40_stores_to_copy_are_asked_for_without_showing_them(tmp_path: Path) -> None:
    source = await filled_store(tmp_path / "from")
    terminal, end = pty.openpty()
    try:
        async with process({}, "store", "copy", source, stdin=end) as running:
            assert running.stderr is not None
            async with asyncio.timeout(20):
                prompt = await running.stderr.readuntil(b"(not shown): ")
            os.write(terminal, f"tinydb://{tmp_path / 'to'}\n".encode())
            out, errors = await asyncio.wait_for(running.communicate(), 20)
        os.set_blocking(terminal, False)
        with pytest.raises(BlockingIOError):  # nothing was echoed
            os.read(terminal, 1000)
    finally:
        os.close(terminal)
        os.close(end)
    assert b"STORE_URL to copy to" in prompt
    assert (running.returncode, str(tmp_path / "to").encode() in out + errors) == (0, False)
    assert await has_record(tmp_path / "to")


async def test_t40_store_to_copy_must_be_named_where_nobody_can_be_asked() -> None:
    status, said = await said_by({}, "store", "copy")
    assert (status, said) == (2, "FROM is missing: name a STORE_URL, or set STORE_COPY_FROM.\n")

"""From `STORE_URL` to an engine, each imported only when it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.embedded import EmbeddedStore
from bot.storage.factory import open_store
from bot.storage.postgres import PostgresStore


async def test_the_url_chooses_the_engine(tmp_path: Path) -> None:
    store = open_store(f"tinydb://{tmp_path}/store")
    assert isinstance(store, EmbeddedStore)
    await store.open()
    await store.put("people", "a", {})
    await store.close()
    assert (tmp_path / "store" / "store.sqlite3").is_file()
    assert isinstance(open_store("postgresql://localhost/x"), PostgresStore)


@pytest.mark.parametrize("url", ["", "sqlite:///x", "tinydb://s3cret", "postgresql://"])
def test_other_urls_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="STORE_URL") as refused:
        open_store(url)
    assert "s3cret" not in str(refused.value)


def test_the_embedded_engine_needs_no_postgresql_library() -> None:
    code = (
        "import sys; from bot.storage.factory import open_store; open_store('tinydb:///./x');"
        "print([name for name in ('psycopg', 'psycopg_pool', 'aiohttp') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"

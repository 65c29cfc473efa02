"""The store is opened again after a failure, and closed as often as it was opened."""

from __future__ import annotations

from pathlib import Path

from bot.http.lifespan import open_store_with_retry
from bot.storage.base import Row, StoreUnavailableError
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring, new_key


class GoneForAMoment(EmbeddedStore):
    """It opens, and is away when it is read for the first time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reads = 0
        self.open_now = 0

    async def open(self) -> None:
        await super().open()
        self.open_now += 1

    async def close(self) -> None:
        await super().close()
        self.open_now -= 1

    async def get(self, table: str, key: str) -> Row | None:
        self.reads += 1
        if self.reads == 1:
            raise StoreUnavailableError("away")
        return await super().get(table, key)


async def test_what_was_opened_in_vain_is_closed_before_it_is_opened_again(tmp_path: Path) -> None:
    store = GoneForAMoment(tmp_path / "store")
    async with open_store_with_retry(store, Keyring([new_key()])):
        assert store.open_now == 0
        while not store.open_now:
            await store.arrival("jobs", seconds=0.05)
        assert store.open_now == 1
    assert store.open_now == 0

"""Which linked Teams people a Jira account is: who is in two tenants is two of them, with one account."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat.identity import Person
from bot.storage.base import Row, Store

TABLE = "jira_accounts"
"""Rows by `cloud id/accountId`, tagged with the key of each person in them."""


class Holders:
    """Every method may raise `StoreError` and may be repeated after it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, cloud_id: str, account_id: str) -> list[Person]:
        """Who linked this account, the first one first."""
        return [Person.from_key(key) for key in _people(await self._store.get(TABLE, _key(cloud_id, account_id)))]

    async def add(self, person: Person, cloud_ids: Iterable[str], account_id: str) -> None:
        """The person has linked this account on these sites."""
        for cloud_id in cloud_ids:
            while not await self._added(person, _key(cloud_id, account_id)):
                pass

    async def remove(self, person: Person, *, but: str = "") -> bool:
        """The person has no account any more but this one; whether there were others."""
        found = [row.key for row in await self._store.find(TABLE, person.key)]
        gone = [key for key in found if not but or not key.endswith(f"/{but}")]
        for key in gone:
            while not await self._removed(person, key):
                pass
        return bool(gone)

    async def _added(self, person: Person, key: str) -> bool:
        row = await self._store.get(TABLE, key)
        people = _people(row)
        return person.key in people or await self._written(key, row, [*people, person.key])

    async def _removed(self, person: Person, key: str) -> bool:
        row = await self._store.get(TABLE, key)
        left = [other for other in _people(row) if other != person.key]
        if left:
            return await self._written(key, row, left)
        await self._store.delete(TABLE, key)
        return True

    async def _written(self, key: str, row: Row | None, people: list[str]) -> bool:
        version = row.version if row else 0
        return await self._store.replace(TABLE, key, {"people": people}, version=version, tags=people) is not None


def _key(cloud_id: str, account_id: str) -> str:
    return f"{cloud_id}/{account_id}"


def _people(row: Row | None) -> list[str]:
    if row is None:
        return []
    people = row.value.get("people")
    # Rows from before an account could be two people's name one `person`.
    return [str(key) for key in people] if isinstance(people, list) else [str(row.value["person"])]

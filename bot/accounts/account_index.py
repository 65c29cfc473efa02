"""Maps a Jira account to the Teams users linked to it (one per tenant)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.chat.identity import Person
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "jira_accounts"
"""Records by `cloud id/accountId`, tagged with the key of each person in them."""


@dataclass(frozen=True, slots=True)
class _Linked:
    """The keys of the people who linked an account, the first one first."""

    people: tuple[str, ...] = ()
    person: str = ""
    """In records from before several people could link one account."""

    @property
    def keys(self) -> tuple[str, ...]:
        return self.people or ((self.person,) if self.person else ())


class AccountIndex:
    """Every method may raise `StoreError`, and may be repeated after it."""

    def __init__(self, store: Store) -> None:
        self._table = Table(store, TABLE, _Linked)

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        """Return who linked this account, the first one first."""
        linked = await self._table.get(_key(cloud_id, account_id))
        return [Person.from_key(key) for key in linked.keys] if linked else []

    async def add(self, person: Person, cloud_ids: Iterable[str], account_id: str) -> None:
        """Note that the person has linked this account on these sites."""

        def add(linked: _Linked) -> _Linked:
            return linked if person.key in linked.keys else _Linked((*linked.keys, person.key))

        for cloud_id in cloud_ids:
            await self._table.update(_key(cloud_id, account_id), add, default=_Linked(), tags=_tags)

    async def remove(self, person: Person, *, keep: str = "") -> bool:
        """Forget the person's accounts, except the one with the id `keep`; return whether there were any."""

        def remove(linked: _Linked) -> _Linked:
            return _Linked(tuple(key for key in linked.keys if key != person.key))

        keys = [entry.key for entry in await self._table.find(person.key)]
        removed = [key for key in keys if not keep or not key.endswith(f"/{keep}")]
        for key in removed:
            left = await self._table.update(key, remove, tags=_tags)
            if left is not None and not left.keys:
                await self._table.delete(key)
        return bool(removed)


def _key(cloud_id: str, account_id: str) -> str:
    return f"{cloud_id}/{account_id}"


def _tags(linked: _Linked) -> tuple[str, ...]:
    return linked.keys

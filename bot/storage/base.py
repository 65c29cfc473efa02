"""What the bridge asks of a store. Two engines implement it: the embedded one (one process) and PostgreSQL.

Every method that writes returns only after the write is durable: a crash, a `kill -9` or a power cut afterwards
does not undo it, and one during it leaves either the old record or the new one. Values are JSON objects; secrets
in them are sealed by the caller (`bot.storage.encryption`). A write that raises `StoreUnavailableError` may have
happened all the same, if the store failed late. What cannot be stored raises `ValueError`; `bot.storage.values`
has the rule for NUL and lone surrogates.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

Json = Mapping[str, object]
"""A JSON object as `orjson.loads` gives it. Callers never mutate one that came out of a store."""


class StoreError(Exception):
    """A store failed. Its message is one sentence that may be shown to the admin; it holds no record."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached or written now; the same call may succeed later."""


class StoreLockedError(StoreError):
    """Another process holds this store (it is for one process only). The message names that process."""


class StoreCorruptError(StoreError):
    """A record or file is not what was written. The message names the file; nothing was changed or removed."""


class StoreOutdatedError(StoreError):
    """The store has the form of an older release; the message names the command that brings it up to date."""


class StoreProxyError(StoreError):
    """The database is reached through a proxy that breaks locks; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stored record. `version` starts at 1 and grows by one with each write of this key."""

    key: str
    value: Json
    version: int


@dataclass(frozen=True, slots=True)
class Write:
    """A record to be written. `tags` replace the key's earlier ones. `expires_at`: Unix seconds."""

    key: str
    value: Json
    tags: Sequence[str] = ()
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One item of work in a queue.

    `id` names the job within its queue. `keys` are further names of the same matter (a delivery id, a body
    hash): a job any of whose names was seen before is a repetition. Jobs of one `group` run in the order in
    which they were put, never two at a time; an empty group means no order. `due` is a Unix time in seconds:
    the job is not leased before it.
    """

    id: str
    payload: Json
    group: str = ""
    due: float = 0.0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leased:
    """A job that this caller works on until `until` (Unix seconds); then anybody may lease it again.

    `lease` fences a holder that woke up too late: settling with an outdated lease is refused. `attempts` counts
    the leases, this one included, so a job that kills its worker is seen to do so.
    """

    job: Job
    lease: str
    attempts: int
    until: float
    put_at: float


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up, kept for the admin to look at, retry or drop."""

    job: Job
    reason: str
    attempts: int
    died_at: float


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The state of a queue.

    `oldest` is the age in seconds of the oldest waiting or leased job (0 if none); that of a job put for later
    begins when it is due.
    """

    waiting: int = 0
    leased: int = 0
    dead: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record on its way from one store to another; versions stay behind."""

    table: str
    key: str
    value: Json
    tags: tuple[str, ...]
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class StoredJob:
    """An unfinished job on its way, or with a `reason` a dead one."""

    queue: str
    job: Job
    put_at: float
    attempts: int
    reason: str | None = None
    died_at: float | None = None


@dataclass(frozen=True, slots=True)
class StoredNames:
    """Names of finished jobs on their way, known until `forget_at`."""

    queue: str
    names: tuple[str, ...]
    forget_at: float


Stored = StoredRecord | StoredJob | StoredNames


class Store(Protocol):
    """Records by table and key, named locks, and queues. Table and queue names are lower-case identifiers."""

    async def open(self) -> None:
        """Make ready for use. Raises `StoreLockedError`, `StoreUnavailableError` or `StoreCorruptError`."""

    async def close(self) -> None:
        """Let go of files and connections; waits for writes under way."""

    async def ping(self) -> None:
        """Return if the store can be read and written now, else raise `StoreUnavailableError`."""

    def expected_wait(self) -> float:
        """Return for how many seconds a call that comes now would wait for a connection, as estimated.

        0 while the store cannot be reached: what nobody answers is no load.
        """

    # Records ---------------------------------------------------------------------------------------------

    async def get(self, table: str, key: str) -> Row | None:
        """Return the record, or None if there is none or it has expired."""

    async def get_cached(self, table: str, key: str) -> Row | None:
        """Return what `get` does, without a call for what was read lately and is not known to have changed.

        This process sees its own changes at once, and those of another replica when they are announced: after
        milliseconds, or after ten seconds if the announcement is lost. What an older record must not decide needs
        `get`.
        """

    async def get_all(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        """Those of `keys` whose record is there and has not expired, read in one go."""

    async def put(
        self, table: str, key: str, value: Json, *, tags: Sequence[str] = (), expires_at: float | None = None
    ) -> Row:
        """Write whatever was there before. `tags` replace the key's earlier ones. `expires_at`: Unix seconds."""

    async def put_all(self, table: str, writes: Sequence[Write]) -> None:
        """Write each as `put` does, for less than so many calls: one commit, or few syncs of the disk.

        The keys differ. A failure may leave some of them written.
        """

    async def replace(
        self,
        table: str,
        key: str,
        value: Json,
        *,
        version: int,
        tags: Sequence[str] = (),
        expires_at: float | None = None,
    ) -> Row | None:
        """Compare-and-set: write only if the present version is `version` (0: no record); else None."""

    async def take(self, table: str, key: str) -> Row | None:
        """Remove and return in one step: of any number of concurrent callers exactly one gets the record."""

    async def delete(self, table: str, key: str) -> bool:
        """Remove; whether there was anything to remove."""

    async def find(self, table: str, tag: str) -> list[Row]:
        """All unexpired records that carry `tag`, in key order. The cost grows with the matches alone."""

    async def find_each(self, table: str, tags: Sequence[str]) -> list[list[Row]]:
        """Return what `find` gives for each of `tags`, in their order, read in one go."""

    async def page(self, table: str, *, after: str = "", limit: int = 100) -> list[Row]:
        """Up to `limit` unexpired records whose key is greater than `after`, in key order."""

    async def count(self, table: str) -> int:
        """How many records the table holds, expired ones that are not yet swept included."""

    async def sweep(self) -> int:
        """Remove expired records and the forgotten names of settled jobs; how many went."""

    # Locks -----------------------------------------------------------------------------------------------

    def lock(self, name: str, *, seconds: float = 10.0) -> AbstractAsyncContextManager[None]:
        """Hold `name` alone among all tasks, processes and replicas of this store.

        Freed when the block is left or its process dies, never by a clock. Raises `TimeoutError` when it could
        not be had within `seconds`.
        """

    # Queues ----------------------------------------------------------------------------------------------

    async def enqueue(self, queue: str, job: Job) -> bool:
        """Put a job at the end of its queue; False (and nothing is written) if its id or a key was seen before.

        Raises `StoreUnavailableError` after two seconds at most; the job may be put later all the same.
        """

    async def enqueue_all(self, queue: str, jobs: Sequence[Job]) -> list[bool]:
        """Put each in this order, as `enqueue` does; a repetition within `jobs` is one too.

        A failure or crash may leave jobs of the beginning put, but none whose earlier ones are not.
        """

    async def lease(self, queue: str, *, limit: int, seconds: float) -> list[Leased]:
        """Take up to `limit` due jobs for `seconds`, oldest first.

        At most one of a group is taken, and none of a group whose earlier job is unfinished. Jobs whose lease ran
        out are due again.
        """

    async def renew(self, queue: str, leased: Leased, *, seconds: float) -> bool:
        """Extend the lease to `seconds` from now. False if it had run out and another caller has the job."""

    async def done(self, queue: str, leased: Leased, *, remember: float) -> bool:
        """Finish the job: forget the payload, but know the names for `remember` seconds more.

        False if the lease had run out and somebody else has the job now.
        """

    async def done_all(self, queue: str, leased: Sequence[Leased], *, remember: float) -> list[bool]:
        """`done` for each, in one go. A failure may leave some of them finished."""

    async def retry(self, queue: str, leased: Leased, *, due: float, payload: Json | None = None) -> bool:
        """Give the job back, to be leased from `due` on, with `payload` in place of its own if given.

        Its place before the later jobs of its group stays. False if the lease had run out.
        """

    async def bury(self, queue: str, leased: Leased, *, reason: str) -> bool:
        """Give the job up: it moves among the dead, and its group goes on. False if the lease had run out."""

    async def dead(self, queue: str, *, after: str = "", limit: int = 100) -> list[DeadJob]:
        """Dead jobs by id, those greater than `after`."""

    async def revive(self, queue: str, job_id: str) -> bool:
        """Let a dead job be leased again, at once, its attempts forgotten; False if it is not among the dead.

        It goes to the end of its queue and group, as if it had been put now.
        """

    async def drop(self, queue: str, job_id: str) -> bool:
        """Forget a dead job, its names too."""

    async def drop_group(self, queue: str, group: str) -> int:
        """Forget all waiting jobs of a group (its conversation is gone), their names too; how many."""

    async def hasten(self, queue: str, group: str) -> int:
        """Make the waiting jobs of a group that were put off due now; how many."""

    async def stats(self, queue: str) -> QueueStats:
        """How the queue stands now."""

    async def arrival(self, queue: str, *, seconds: float) -> None:
        """Return when a job was put into `queue` since the last call (by any replica), or after `seconds`."""

    # Moving ----------------------------------------------------------------------------------------------

    def export(self) -> AsyncGenerator[Stored, None]:
        """Everything the store holds, expired records excepted, the jobs of each queue in their order."""

    async def import_(self, items: AsyncIterator[Stored]) -> int:
        """Take in an `export`; how many items. Raises `StoreError` if the store is not empty.

        All or nothing: after a failure or crash midway the store is empty, or refuses to open and says why.
        """


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A parsed `STORE_URL`: `tinydb:///var/lib/x`, `tinydb:///./data`, or `postgresql://…`."""

    engine: str
    path: str = field(default="", repr=False)
    dsn: str = field(default="", repr=False)

    @property
    def is_embedded(self) -> bool:
        """Whether it is a folder that belongs to one process, not a database."""
        return self.engine == "tinydb"


def parse_store_url(url: str) -> StoreUrl:
    """Parse a `STORE_URL`. Raises `ValueError` that names no part of the URL (it may hold a password)."""
    scheme, sep, rest = url.partition("://")
    if scheme in ("postgresql", "postgres") and sep and rest:
        return StoreUrl("postgresql", dsn=url)
    if scheme == "tinydb" and rest.startswith("/") and len(rest) > 1:
        return StoreUrl("tinydb", path=rest[1:] if rest.startswith("/./") else rest)
    raise ValueError("STORE_URL must be tinydb:///a/folder (or tinydb:///./folder) or postgresql://…")

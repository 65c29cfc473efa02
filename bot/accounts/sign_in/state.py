"""What the sign-in remembers between two requests of one browser: sealed, for ten minutes, used once."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from pydantic import TypeAdapter

from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.accounts.tickets import hashed, is_secret, new_secret
from bot.accounts.token_endpoint import Tokens
from bot.jira.models import JiraUser, Site
from bot.storage.base import Row, Store
from bot.storage.encryption import EncryptionError, Keyring

log = structlog.get_logger(__name__)

LIFETIME = 600.0


@dataclass(frozen=True, slots=True)
class MicrosoftStep:
    """The browser is at Microsoft. `session` is the hash of the cookie that it was given."""

    session: str
    ticket: str = field(repr=False)
    flow: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class JiraStep:
    """The browser is at Atlassian, the person is known."""

    session: str
    ticket: str = field(repr=False)
    verifier: str = field(repr=False)
    who: MicrosoftUser


@dataclass(frozen=True, slots=True)
class ConfirmStep:
    """Both consents are given, the page that names the accounts is shown, nothing is bound yet."""

    session: str
    ticket: str = field(repr=False)
    who: MicrosoftUser
    user: JiraUser
    sites: tuple[Site, ...]
    tokens: Tokens


Step = TypeVar("Step", MicrosoftStep, JiraStep, ConfirmStep)


class WrongBrowserError(Exception):
    """The secret is good, but belongs to another browser's sign-in."""


class Steps(Generic[Step]):
    """One kind of step. A secret that was given out for another kind finds nothing here (mix-up, T06)."""

    def __init__(
        self,
        step: type[Step],
        table: str,
        store: Store,
        keyring: Keyring,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._kind = step.__name__
        self._adapter: TypeAdapter[Step] = TypeAdapter(step)
        self._table = table
        self._store = store
        self._keyring = keyring
        self._clock = clock

    async def put(self, step: Step, *, tag: str = "") -> str:
        """Store it under a new secret, which is what comes back."""
        return await self.put_as(new_secret(), step, tag=tag)

    async def put_as(self, secret: str, step: Step, *, tag: str = "") -> str:
        """Store it under this secret."""
        key = hashed(secret)
        value = {
            "kind": self._kind,
            "sealed": self._keyring.seal(self._adapter.dump_json(step), owner=self._owner(key)),
        }
        tags = (tag,) if tag else ()
        await self._store.put(self._table, key, value, tags=tags, expires_at=self._clock() + LIFETIME)
        return secret

    async def find(self, secret: str, session: str) -> Step | None:
        """The step if it is of this kind; it stays. Raises `WrongBrowserError`: that browser cannot use it up."""
        if not is_secret(secret):
            return None
        step = self._open(await self._store.get(self._table, hashed(secret)))
        if step is not None and not hmac.compare_digest(step.session, hashed(session)):
            raise WrongBrowserError
        return step

    async def take(self, secret: str, session: str) -> Step | None:
        """Like `find`, and used up: of any number of concurrent callers one gets it."""
        if await self.find(secret, session) is None:
            return None
        return self._open(await self._store.take(self._table, hashed(secret)))

    def _open(self, row: Row | None) -> Step | None:
        if row is None or row.value.get("kind") != self._kind:
            return None
        try:
            plain = self._keyring.open(str(row.value["sealed"]), owner=self._owner(row.key))
        except EncryptionError as error:
            # Its key may have been taken away meanwhile: the person begins anew.
            log.warning("a sign-in under way cannot be opened", error=type(error).__name__)
            return None
        return self._adapter.validate_json(plain)

    def _owner(self, key: str) -> str:
        return f"{self._table}/{key}"

"""State of a sign-in between two requests of one browser: sealed, kept for ten minutes, used once."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from pydantic import TypeAdapter

from bot.accounts.connect_links import hash_secret, is_secret, new_secret
from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.accounts.token_answers import Tokens
from bot.jira.models import JiraUser, Site
from bot.storage.base import Store
from bot.storage.encryption import EncryptionError, Keyring
from bot.storage.table import Table, type_adapter

log = structlog.get_logger(__name__)

LIFETIME_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class MicrosoftStep:
    """The browser is at Microsoft. `session` is the hash of its cookie."""

    session: str
    ticket: str = field(repr=False)
    flow: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class JiraStep:
    """The browser is at Jira's sign-in, the person is known. `site` is a Data Center's id, empty for Atlassian."""

    session: str
    ticket: str = field(repr=False)
    verifier: str = field(repr=False)
    who: MicrosoftUser
    site: str = ""


@dataclass(frozen=True, slots=True)
class ChooseStep:
    """The person is known, and chooses which Jira to connect to."""

    session: str
    ticket: str = field(repr=False)
    who: MicrosoftUser


@dataclass(frozen=True, slots=True)
class TokenStep:
    """The person is known, and enters a personal access token of a Data Center (`site`)."""

    session: str
    ticket: str = field(repr=False)
    who: MicrosoftUser
    site: str


@dataclass(frozen=True, slots=True)
class ConfirmStep:
    """Both consents are given, the page that names the accounts is shown, nothing is bound yet."""

    session: str
    ticket: str = field(repr=False)
    who: MicrosoftUser
    user: JiraUser
    sites: tuple[Site, ...]
    tokens: Tokens


Step = TypeVar("Step", JiraStep, ChooseStep, TokenStep, ConfirmStep)


class WrongBrowserError(Exception):
    """The secret is valid, but belongs to another browser's sign-in."""


@dataclass(frozen=True, slots=True)
class _SealedStep:
    """`kind` is the name of the step's class, `sealed` the encrypted step."""

    kind: str
    sealed: str


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
        self._adapter: TypeAdapter[Step] = type_adapter(step)
        self._table = Table(store, table, _SealedStep)
        self._keyring, self._clock = keyring, clock

    async def put(self, step: Step, *, tag: str = "") -> str:
        """Store the step under a new secret and return that."""
        return await self.put_as(new_secret(), step, tag=tag)

    async def put_as(self, secret: str, step: Step, *, tag: str = "") -> str:
        """Store the step under this secret and return that."""
        key = hash_secret(secret)
        sealed = self._keyring.seal(self._adapter.dump_json(step), owner=self._owner(key))
        tags, expires_at = (tag,) if tag else (), self._clock() + LIFETIME_SECONDS
        await self._table.put(key, _SealedStep(self._kind, sealed), tags=tags, expires_at=expires_at)
        return secret

    async def find(self, secret: str, session: str) -> Step | None:
        """Return the step without consuming it, if it is of this kind.

        Raises `WrongBrowserError` if it belongs to another browser, which cannot consume it.
        """
        if not is_secret(secret):
            return None
        key = hash_secret(secret)
        step = self._open(key, await self._table.get(key))
        if step is not None and not hmac.compare_digest(step.session, hash_secret(session)):
            raise WrongBrowserError
        return step

    async def take(self, secret: str, session: str) -> Step | None:
        """Do what `find` does and consume the step: of any number of concurrent callers one gets it."""
        if await self.find(secret, session) is None:
            return None
        key = hash_secret(secret)
        return self._open(key, await self._table.take(key))

    def _open(self, key: str, stored: _SealedStep | None) -> Step | None:
        if stored is None or stored.kind != self._kind:
            return None
        try:
            plain = self._keyring.open(stored.sealed, owner=self._owner(key))
        except EncryptionError as error:
            # Its key may have been removed since: the person starts again.
            log.warning("a sign-in under way cannot be opened", error=type(error).__name__)
            return None
        return self._adapter.validate_json(plain)

    def _owner(self, key: str) -> str:
        return f"{self._table.name}/{key}"

"""The first step of a sign-in, kept by the browser that takes it.

Anybody can begin a sign-in, so that costs no row of the store (T15): the step is encrypted into a cookie. What
comes back must be untouched, of this state, of this browser session and not older than ten minutes.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from cachetools import TTLCache
from pydantic import TypeAdapter, ValidationError

from bot.accounts.connect_links import hash_secret, is_secret
from bot.accounts.sign_in.state import LIFETIME_SECONDS, MicrosoftStep, WrongBrowserError
from bot.storage.encryption import EncryptionError, Keyring

log = structlog.get_logger(__name__)

MAX_SEALED_CHARS = 4_000
"""Browsers keep cookies of up to 4,096 bytes."""
MAX_USED_STATES = 50_000
NAME_CHARS = 16


@dataclass(frozen=True, slots=True)
class _Sealed:
    step: MicrosoftStep
    expires_at: float


@dataclass(frozen=True, slots=True)
class StepCookie:
    """A cookie that holds a sealed step. Each state has one, so two tabs do not end each other's sign-in."""

    name: str
    value: str = field(repr=False)


def cookie_name(state: str) -> str:
    """Return the name of the cookie for this state, without its prefix."""
    return hash_secret(state)[:NAME_CHARS]


class SealedSteps:
    """Seals and opens first steps. `clock` is Unix time in seconds."""

    def __init__(self, keyring: Keyring, *, clock: Callable[[], float] = time.time) -> None:
        self._keyring, self._clock = keyring, clock
        self._adapter = TypeAdapter(_Sealed)
        self._used: TTLCache[str, None] = TTLCache(MAX_USED_STATES, LIFETIME_SECONDS, clock)

    def seal(self, state: str, step: MicrosoftStep) -> StepCookie:
        """Return the cookie of a step that begins."""
        plain = self._adapter.dump_json(_Sealed(step, self._clock() + LIFETIME_SECONDS))
        return StepCookie(cookie_name(state), self._keyring.seal(plain, owner=_owner(state)))

    def take(self, state: str, sealed: str, session: str) -> MicrosoftStep | None:
        """Return the step of this state, once; None if there is none.

        Raises `WrongBrowserError` if it belongs to another session. A state is used up in this process alone:
        the code that comes with it is good for one exchange anywhere.
        """
        if not is_secret(state) or not sealed or len(sealed) > MAX_SEALED_CHARS:
            return None
        try:
            opened = self._adapter.validate_json(self._keyring.open(sealed, owner=_owner(state)))
        except (EncryptionError, ValidationError) as error:
            log.info("a sign-in under way cannot be opened", error=type(error).__name__)
            return None
        if not hmac.compare_digest(opened.step.session, hash_secret(session)):
            raise WrongBrowserError
        key = hash_secret(state)
        if self._clock() >= opened.expires_at or key in self._used:
            return None
        self._used[key] = None
        return opened.step


def _owner(state: str) -> str:
    return f"sign-in/{hash_secret(state)}"

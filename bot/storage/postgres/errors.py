"""Translates psycopg's errors into those of a store. SQLSTATEs: PostgreSQL manual, appendix A."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg_pool import PoolTimeout

from bot.storage.base import StoreError, StoreUnavailableError

_RETRY_STATES: Final = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "25006": "the server is read-only (a former primary)",
    "57P01": "the server is shutting down",
    "57P02": "the server crashed",
    "57P03": "the server is starting",
    "57P05": "the session was idle too long",
}
_UNAVAILABLE_CLASSES: Final = ("08", "53", "55", "57", "58", "28", "3D")
"""Connection, resources (a full disk), locks, operators (a timeout), system, credentials, no such database."""

_STATES: Final = _RETRY_STATES | {
    "57014": "it did not answer in time",
    "55P03": "another transaction holds its tables (a backup or a copy?)",
}
_REASONS: Final = (
    ("password authentication failed", "user or password are wrong"),
    ("no password supplied", "it asks for a password"),
    ("unsupported startup parameter", "a proxy in between does not take the options of STORE_URL"),
    ("no pg_hba.conf entry", "the server does not let this user in from here"),
    ("does not exist", "there is no such database or user"),
    ("Connection refused", "nothing listens there"),
    ("No such file", "nothing listens there"),
    ("timeout", "it does not answer"),
    ("resolve host", "there is no such host"),
    ("translate host", "there is no such host"),
    ("certificate", "its certificate is not accepted"),
    ("SSL", "no TLS connection could be made"),
)
"""Parts of libpq's messages when a connection cannot be made, and their meaning; there is no SQLSTATE then."""


def may_retry(error: BaseException) -> bool:
    """Tell whether the same call may succeed in a moment."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InternalError):
        return False
    state = error.sqlstate
    return state is None or state in _RETRY_STATES or state.startswith("08")


def lost_connection(error: BaseException) -> bool:
    """Tell whether the call may have been carried out although its answer was lost."""
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08")[:2] in ("08", "57")


def store_error(error: BaseException) -> StoreError:
    """Return the error to raise. Its message names no host, user or data, which psycopg's own text may contain."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if may_retry(error) or (state is not None and state.startswith(_UNAVAILABLE_CLASSES)):
        why = _STATES.get(state, f"SQLSTATE {state}") if state else _reason(str(error))
        return StoreUnavailableError(f"PostgreSQL cannot be used now: {why}.")
    return StoreError(f"PostgreSQL refused a query: {type(error).__name__}, SQLSTATE {state}.")


def _reason(text: str) -> str:
    return next((meaning for part, meaning in _REASONS if part in text), "the connection was lost")

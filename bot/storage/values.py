"""What a store takes, by one rule for both engines.

PostgreSQL can hold neither NUL nor a lone surrogate. In names (tables, keys, tags, job ids, groups) they are
refused with `ValueError`, because a name must never change silently. Inside values they become U+FFFD, because
people's texts must never get lost over a character that nobody can see. Numbers come back equal, but PostgreSQL
may give the integer 10000000000000000 for the float 1e16.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bot.storage.base import Job, Json

MAX_NAME_BYTES: Final = 1024
"""Below what a PostgreSQL index entry holds (2,704 bytes)."""

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def identifier(name: str) -> str:
    """Return `name` if it can name a table or queue, else raise `ValueError`."""
    if not _IDENTIFIER.fullmatch(name):
        raise ValueError(f"A table or queue name must be a lower-case identifier, not {name!r}.")
    return name


def checked(text: str, what: str, *, empty: bool = False) -> str:
    """Return `text` if it can be a name, else raise `ValueError`. `what` names it in the message."""
    if _UNSTORABLE.search(text):
        raise ValueError(f"A {what} must not hold NUL or a lone surrogate.")
    if not text and not empty:
        raise ValueError(f"A {what} must not be empty.")
    if len(text.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"A {what} must not be longer than {MAX_NAME_BYTES} bytes.")
    return text


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Check tags; return them sorted, without duplicates."""
    return tuple(sorted({checked(tag, "tag") for tag in tags}))


@dataclass(frozen=True, slots=True)
class Draft:
    """A record about to be written, checked. `text` is its value as JSON."""

    key: str
    text: bytes
    tags: tuple[str, ...]
    expires_at: float | None


def draft(key: str, value: Json, tags: Sequence[str], expires_at: float | None) -> Draft:
    """Check and encode a record. Raises `ValueError` for what cannot be stored."""
    return Draft(checked(key, "key"), encode(value), checked_tags(tags), expires_at)


def check_job(job: Job) -> None:
    """Raise `ValueError` for a name that cannot be stored."""
    checked(job.id, "job id")
    checked(job.group, "group", empty=True)
    for name in job.keys:
        checked(name, "job key")


def clean(text: str) -> str:
    """Replace the characters that cannot be stored."""
    return _UNSTORABLE.sub("\ufffd", text)


def encode(value: Json) -> bytes:
    """Encode a JSON object without NUL. Raises `ValueError` for anything else."""
    try:
        text = orjson.dumps(dict(value))
    except TypeError:
        text = _dumps(_clean(value))
    # Text that merely shows a backslash lands here too, and is left as it is.
    return _dumps(_clean(value)) if b"\\u0000" in text else text


def decode(text: bytes | str) -> dict[str, object]:
    """Decode what `encode` made."""
    value = orjson.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # JSONDecodeError is a ValueError too
    return value


def _dumps(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"The value is no JSON object: {type(error).__name__}.") from None


def _clean(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value

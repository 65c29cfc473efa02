"""Reads values out of decoded JSON leniently: a part of another type is read as an empty one, without an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_EMPTY: Mapping[str, object] = {}


def as_object(value: object) -> Mapping[str, object]:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def as_list(value: object) -> Sequence[object]:
    """Return `value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else ()


def as_string(value: object) -> str:
    """Return `value` if it is a string, else an empty one. For what a number must never pass for, such as ids."""
    return value if isinstance(value, str) else ""


def as_text(value: object) -> str:
    """Return a string, or a number as text; anything else is empty."""
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def as_int(value: object) -> int:
    """Return a number without its fraction; anything else is 0."""
    return int(value) if isinstance(value, int | float) else 0

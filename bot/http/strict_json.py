"""The JSON parser for bodies that strangers send: strict, and bounded in what it may cost (T16, T49).

orjson already refuses bad UTF-8, a byte order mark, lone surrogates, NaN and infinities (integers of 5,000 digits,
too), and its parser neither recurses nor goes deeper than 1,024 levels, so it can run on unchecked bytes. Added
here: a limit of what is in them, because 1 MB of empty lists is 350,000 objects and half a second; a lower limit
of depth, no repeated names in an object (two readers of one body could each see another value), and no NUL in
strings (PostgreSQL takes none).
"""

from __future__ import annotations

import orjson

MAX_CONTAINERS = 20_000
"""Objects and lists of a body. Those of Jira and Teams have more than 100 bytes each, so 1 MB has half as many."""
MAX_VALUES = 100_000
_CONTAINERS = (dict, list)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class MalformedJsonError(ValueError):
    """The body is not acceptable JSON. The message says why and quotes nothing of the body."""


def loads(body: bytes, *, max_depth: int = 64) -> object:
    """Parse `body` and remove NULs from its strings. Raises `MalformedJsonError` and nothing else."""
    skeleton = _without_strings(body)
    opened = skeleton.count(b"{") + skeleton.count(b"[")
    if opened > MAX_CONTAINERS or skeleton.count(b",") > MAX_VALUES:
        raise MalformedJsonError("too many parts")
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(f"no JSON: {error.msg} at {error.pos}") from None
    if opened > max_depth and _depth(skeleton) > max_depth:
        raise MalformedJsonError(f"deeper than {max_depth} levels")
    if _count_names(value) != skeleton.count(b":"):
        raise MalformedJsonError("a name is repeated within an object")
    return _without_nul(value) if b"\\u0000" in body else value


def _without_strings(body: bytes) -> bytes:
    """Return JSON without its strings. If it is none, what is before the first mistake is without its strings."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(body.split(b'"')[::2])


def _depth(skeleton: bytes) -> int:
    """Return how deep the brackets nest; `skeleton` is valid JSON without its strings."""
    deepest = depth = 0
    for bracket in skeleton.translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _count_names(value: object) -> int:
    """Count the names in all objects of `value`: fewer than the body's colons if one was repeated."""
    count, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            count += len(part)
            waiting.extend(v for v in part.values() if isinstance(v, _CONTAINERS))
        elif isinstance(part, list):
            waiting.extend(v for v in part if isinstance(v, _CONTAINERS))
    return count


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(part) for part in value]
    if isinstance(value, dict):
        return {name.replace("\0", ""): _without_nul(part) for name, part in value.items()}
    return value

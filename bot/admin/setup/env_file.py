"""Reads and changes a `.env` file: lines that are not to be changed stay as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from bot.config.dotenv_file import EnvFileError, parse_dotenv, read_text

HEADING = "# Written by teams-jira setup"
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./~-]*", re.ASCII)
_FILE_MODE = 0o600


def read_values(path: Path, *, must_exist: bool = False) -> dict[str, str]:
    """Return the values of a file; none if it is not there, unless it must be. Raises `EnvFileError`."""
    if must_exist and not path.exists():
        raise EnvFileError(f"{path} cannot be read (there is no such file).")
    return _parse(read_text(path))


def write_values(path: Path, values: Mapping[str, str]) -> None:
    """Put values into a file that only its owner may read, making it if need be. Raises `EnvFileError`.

    Written in one step: after a failure the file is as it was.
    """
    before = read_text(path)
    after = _merge(before, values)
    if _parse(after) != _parse(before) | dict(values):
        raise EnvFileError(
            f"{path} cannot be changed safely: a value has ${{…}} or several lines. Edit it by hand."
        )
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, _FILE_MODE)
            file.write(after)
        temporary.replace(path)
    except OSError as error:
        raise EnvFileError(f"{path} cannot be written ({error.strerror}).") from None


def _parse(text: str) -> dict[str, str]:
    return {name: value or "" for name, value in parse_dotenv(text).items()}


def _merge(text: str, values: Mapping[str, str]) -> str:
    """Replace the lines of names whose value differs, and append those of new names."""
    present, left = _parse(text), dict(values)
    lines = []
    for line in text.splitlines():
        match = _LINE.match(line)
        name = match[1] if match else ""
        value = left.pop(name, None)
        lines.append(line if value in (None, present.get(name)) else f"{name}={_quote(value or '')}")
    if left:
        gap = [""] if lines and lines[-1].strip() else []
        heading = [] if HEADING in lines else [*gap, HEADING]
        lines += [*heading, *(f"{name}={_quote(value)}" for name, value in left.items())]
    return "\n".join(lines) + "\n" if lines else ""


def _quote(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

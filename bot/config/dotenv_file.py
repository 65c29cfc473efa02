"""Reads files of `NAME=value` lines, such as `.env`."""

from __future__ import annotations

import io
from pathlib import Path

from dotenv import dotenv_values


class EnvFileError(Exception):
    """The file cannot be read or changed. The message is one sentence, without values."""


def read_dotenv(path: Path) -> dict[str, str | None]:
    """Return the values of a file, none if it is not there. Raises `EnvFileError`."""
    return parse_dotenv(read_text(path))


def read_text(path: Path) -> str:
    """Return the text of a file, an empty one if it is not there. Raises `EnvFileError`, also for a folder."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise EnvFileError(f"{path} cannot be read ({reason}).") from None


def parse_dotenv(text: str) -> dict[str, str | None]:
    """Return the values of the lines; None for a name without `=`."""
    return dotenv_values(stream=io.StringIO(text))

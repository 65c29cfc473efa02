"""Print the changelog of a release: `python -m scripts.release_notes v0.2.0`. Fails when anything disagrees."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


class ReleaseError(Exception):
    """The tag, the package's version and the changelog do not agree."""


def notes(tag: str, *, version: str, changelog: str) -> str:
    """Return the section of `tag` (`v` and the version). Raises `ReleaseError`."""
    if tag != f"v{version}":
        raise ReleaseError(f"The tag is {tag}, but pyproject.toml has version {version}.")
    section = re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE
    )
    if section is None:
        raise ReleaseError(f"CHANGELOG.md has no dated section for {version}.")
    return section[1].strip()


def main() -> int:
    """Print the notes, or the reason why there are none."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    try:
        print(notes(sys.argv[1], version=version, changelog=(ROOT / "CHANGELOG.md").read_text("utf-8")))  # noqa: T201
    except ReleaseError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

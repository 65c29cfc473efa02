"""Activities as the Agents Playground sent them (tests/data/teams-activities)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.support.paths import DATA

FOLDER = DATA / "teams-activities"


def recorded() -> Iterator[tuple[str, dict[str, object]]]:
    """(file name, activity), in order."""
    for path in sorted(FOLDER.glob("*.json")):
        yield path.name, json.loads(path.read_text())

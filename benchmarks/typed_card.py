"""Builds a card with Microsoft's typed library, `microsoft-teams-cards`, and says what that costs.

Run by `benchmarks.cards` in the Python of benchmarks/.venv: takes a card's JSON and a number of rounds, builds the
same card out of the library's classes, and prints one line of JSON: microseconds, bytes, seconds to import.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

began = time.perf_counter()
import microsoft_teams.cards as library  # noqa: E402
from pydantic import BaseModel  # noqa: E402
from pydantic.alias_generators import to_snake  # noqa: E402

IMPORTED = time.perf_counter() - began

Make = Callable[..., Any]


def classes() -> dict[str, Make]:
    """Map each `type` to the library's class for it."""
    found: dict[str, Make] = {}
    for made in vars(library).values():
        field = made.model_fields.get("type") if isinstance(made, type) and issubclass(made, BaseModel) else None
        if field is not None and isinstance(field.default, str):
            found.setdefault(field.default, made)
    return found


def plan(node: object, known: dict[str, Make]) -> object:
    """Turn a card's JSON into calls of the classes: as if somebody had written the calls down."""
    if isinstance(node, dict):
        made = known.get(str(node.get("type")))
        if made is None:
            return node
        return made, [(to_snake(k.strip("$")), plan(v, known)) for k, v in node.items() if k != "type"]
    return [plan(each, known) for each in node] if isinstance(node, list) else node


def build(planned: object) -> Any:
    """Make the calls."""
    if isinstance(planned, tuple):
        made, arguments = planned
        return made(**{name: build(value) for name, value in arguments})
    return [build(each) for each in planned] if isinstance(planned, list) else planned


def median_us(run: Callable[[], object], rounds: int) -> float:
    """Microseconds of one run."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e6


def main() -> None:
    card = json.loads(sys.stdin.read())
    rounds = int(sys.argv[1])
    typed, plain = plan(card, classes()), plan(card, dict.fromkeys(classes(), dict))
    made = build(typed)

    def dump() -> str:
        text: str = made.model_dump_json(by_alias=True, exclude_none=True)
        return text

    result = {
        "imported_s": IMPORTED,
        "build_us": median_us(lambda: build(typed), rounds) - median_us(lambda: build(plain), rounds),
        "dump_us": median_us(dump, rounds),
        "bytes": len(dump().encode()),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

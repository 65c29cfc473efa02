"""Finds the tests of each threat of docs/security.md by the numbers in their names."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
_NUMBER = re.compile(r"(?<=_)(t\d\d)(?=_)")
_ROW = re.compile(r"^\| (T\d\d(?:, T\d\d)*) \| ([^|]+) \|", re.MULTILINE)


def threat_tests_page() -> str:
    """Each threat with the very tests that fail without its defence."""
    lines = [
        "# Tests of threats",
        "",
        "The tests of each threat of the [security model](../security.md). One number's run with `pytest -k t21`.",
        "",
        "| no. | threat | tests |",
        "| --- | --- | --- |",
    ]
    tests = _tests_by_number()
    for numbers, threat in _ROW.findall((ROOT / "docs" / "security.md").read_text("utf-8")):
        for number in numbers.split(", "):
            names = "<br>".join(f"`{path}`: {', '.join(found)}" for path, found in tests[number].items())
            lines.append(f"| {number} | {threat} | {names} |")
    return "\n".join(lines)


def _tests_by_number() -> dict[str, dict[str, list[str]]]:
    """Return the tests by number and file, in the order of the files."""
    tests: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        file = path.relative_to(ROOT / "tests").as_posix()
        for name in _TEST.findall(path.read_text("utf-8")):
            for number in _NUMBER.findall(name):
                tests[number.upper()][file].append(f"`{name}`")
    return tests

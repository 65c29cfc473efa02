"""Each threat of docs/security.md has a test that its number selects (`pytest -k t21`)."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

NUMBERS = sorted(
    {
        number
        for row in re.findall(
            r"^\| (T\d\d(?:, T\d\d)*) \|", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE
        )
        for number in row.split(", ")
    }
)
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))


def test_all_fifty_threats_are_in_the_table() -> None:
    assert [f"T{number:02}" for number in range(1, 51)] == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_each_threat_has_a_test_of_its_number(number: str) -> None:
    assert re.search(rf"^\s*(?:async )?def test_(?:\w+_)?{number.lower()}_", TESTS, re.MULTILINE)

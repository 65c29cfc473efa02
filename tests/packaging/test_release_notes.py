"""A release is made only when tag, version and changelog agree."""

from __future__ import annotations

import re

import pytest

from scripts.release_notes import ReleaseError, notes
from tests.support.paths import ROOT

CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-12-01

### Added

- A thing.

## [1.1.0] - 2026-11-01

- Older.
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert notes("v1.2.0", version="1.2.0", changelog=CHANGELOG) == "### Added\n\n- A thing."


@pytest.mark.parametrize(("tag", "version"), [("v1.3.0", "1.2.0"), ("1.2.0", "1.2.0"), ("v1.3.0", "1.3.0")])
def test_what_disagrees_is_refused(tag: str, version: str) -> None:
    with pytest.raises(ReleaseError):
        notes(tag, version=version, changelog=CHANGELOG)


def test_the_changelog_keeps_its_form() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(
        re.fullmatch(r"\[\d+\.\d+\.\d+\] - (unreleased|\d{4}-\d\d-\d\d)", heading) for heading in headings[1:]
    )

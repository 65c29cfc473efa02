"""Which tie between two issues is meant by what somebody typed, and in which direction."""

from __future__ import annotations

import pytest

from bot.commands.issue.link import match_link_type
from bot.jira.models import LinkType

KINDS = (
    LinkType("Blocks", "is blocked by", "blocks"),
    LinkType("Cloners", "is cloned by", "clones"),
    LinkType("Duplicate", "is duplicated by", "duplicates"),
    LinkType("Relates", "relates to", "relates to"),
    LinkType("Problem/Incident", "is caused by", "causes"),
    LinkType("Issue split", "split from", "split to"),
)


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("blocks", "blocks"),
        ("Is Blocked By", "is blocked by"),
        ("blocked by", "is blocked by"),
        ("is blocked", "is blocked by"),
        ("bloks", "blocks"),
        ("is bloked by", "is blocked by"),
        ("related to", "relates to"),
        ("duplicate", "duplicates"),
        ("split from", "split from"),
        ("is duplicate of", ""),
        ("is a duplicate of", ""),
        ("is cloned from", ""),
        ("is implementing", ""),
        ("split", ""),
        ("depends on", ""),
    ],
)
def test_tie_is_the_one_that_was_named_or_none(said: str, phrase: str) -> None:
    found = match_link_type(said, KINDS)
    assert (("", found[0].inward, found[0].outward)[1 + found[1]] if found else "") == phrase

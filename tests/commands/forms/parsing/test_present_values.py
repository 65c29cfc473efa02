"""What an issue holds now, in the inputs of a form."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.forms.parsing.form_values import to_inputs
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.fields.kinds import Kind, Unshowable, kind_of
from bot.jira.fields.values import decode
from tests.support.samples.fields import ACCOUNT, BERLIN, FIELDS, TEAM

PRESENT = [
    ("description", markdown_to_adf("a **b**\nsecond line\n\n- x\n- y"), "a **b**\nsecond line\n\n- x\n- y"),
    ("priority", {"id": "2", "name": "Major"}, "2"),
    ("assignee", {"accountId": ACCOUNT, "displayName": "Alice"}, ACCOUNT),
    ("labels", ["a", "b"], "a,b"),
    ("cf_squad", {"id": TEAM, "name": "Red"}, TEAM),
    ("cf_group", {"name": "g", "groupId": "1"}, "g"),
    ("cf_groups", [{"name": "g"}, {"name": "h"}], "g,h"),
    ("duedate", "2026-05-11", "2026-05-11"),
    ("components", [{"id": "1", "name": "Minor"}, {"id": "3", "name": "x"}], "1,3"),
    ("parent", {"key": "DEMO-1", "fields": {"summary": "s"}}, "DEMO-1"),
    ("cf_number", 5.0, "5"),
    ("cf_cascade", {"id": "10", "value": "Europe", "child": {"id": "11", "value": "Germany"}}, "10>11"),
    ("cf_sprint", [{"id": 3, "state": "closed"}, {"id": 7, "name": "S7", "state": "active"}], "7"),
    ("cf_sprint", [{"id": 3, "state": "closed"}], ""),
    ("cf_url", "https://example.com", "https://example.com"),
    ("cf_team", {"id": TEAM, "name": "Red"}, TEAM),
    ("cf_team", TEAM, TEAM),
    ("cf_asset", [{"id": "x"}], ""),
]


@pytest.mark.parametrize(("name", "value", "expected"), PRESENT)
def test_present_value_fills_its_input(name: str, value: object, expected: str) -> None:
    kind = kind_of(FIELDS[name])
    assert to_inputs(decode(kind, value)[0], BERLIN)[0] == expected


def test_present_point_in_time_reads_in_the_persons_zone() -> None:
    value, _ = decode(Kind.MOMENT, "2026-07-01T12:30:00.000+0000")
    assert to_inputs(value, BERLIN) == ("2026-07-01", "14:30")


def test_document_that_markdown_cannot_hold_is_left_alone() -> None:
    mention = {"type": "mention", "attrs": {"id": ACCOUNT, "text": "@Alice"}}
    document = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [mention]}]}
    assert isinstance(decode(Kind.PARAGRAPH, document)[0], Unshowable)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "key", "name", "value", "child", "accountId", "type", "content", "text", "attrs", "state"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(FIELDS)), JSON)
def test_t48_any_present_value_is_read(name: str, value: object) -> None:
    kind = kind_of(FIELDS[name])
    text, clock = to_inputs(decode(kind, value)[0], UTC)
    assert isinstance(text, str)
    assert isinstance(clock, str)

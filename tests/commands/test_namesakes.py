"""Things of one name, told apart."""

from __future__ import annotations

import pytest

from bot.commands.namesakes import Named, references, resembles, titles


@pytest.mark.parametrize(
    ("things", "shown", "named"),
    [
        ([Named("1", "One"), Named("2", "Two")], ["One", "Two"], ["One", "Two"]),
        ([Named("1", "One", "x"), Named("2", "Two", "x")], ["One", "Two"], ["One", "Two"]),
        ([Named("1", "One", "Ann"), Named("2", "one", "Bob")], ["One (Ann)", "one (Bob)"], ["1", "2"]),
        ([Named("1", "One", "Ann"), Named("2", "One", "Ann")], ["One (Ann, 1)", "One (Ann, 2)"], ["1", "2"]),
        ([Named("1", "One"), Named("2", "One", "Ann")], ["One (1)", "One (Ann)"], ["1", "2"]),
        (
            [Named("712020:aaaa-000001", "Ann"), Named("712020:aaaa-000002", "Ann")],
            ["Ann (…000001)", "Ann (…000002)"],
            ["712020:aaaa-000001", "712020:aaaa-000002"],
        ),
    ],
)
def test_things_are_told_apart_by_what_is_known_of_them(
    things: list[Named], shown: list[str], named: list[str]
) -> None:
    assert titles(things) == shown
    assert references(things) == named


@pytest.mark.parametrize(
    ("typed", "name", "email", "does"),
    [
        ("bob", "Bob B", "", True),
        ("Jurgen", "Jürgen Müller", "", True),
        ("bsmith", "Robert Smith", "", True),
        ("mül", "Jürgen Müller", "", True),
        ("bob@example.com", "Robert Smith", "", True),
        ("bob@example.com", "Robert Smith", "bob@example.com", True),
        ("bob@example.com", "Robert Smith", "rob@example.com", False),
        ("rsm", "Robert Smith", "rsm@example.com", True),
        ("zoe", "Robert Smith", "", False),
        ("x1", "Bo Li", "", False),
        ("李", "李 明", "", True),
    ],
)
def test_a_person_whose_name_has_nothing_of_what_was_typed_is_noticed(
    typed: str, name: str, email: str, does: bool
) -> None:
    assert resembles(typed, name, email) is does

"""Which step of a workflow is meant by what somebody typed: never another one than they named."""

from __future__ import annotations

import pytest

from bot.commands.issue.transition import is_status, match_transitions, needs_form, transition_choices
from bot.jira.models import Field, FieldOption, Status, StatusCategory, Transition


def step(number: str, name: str, to: str = "") -> Transition:
    return Transition(number, name, Status(number, to or name))


BOARD = (step("1", "To Do"), step("2", "In Progress"), step("3", "Done"), step("4", "Won't Do"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("to do", "To Do"),
        ("To Do", "To Do"),
        ("to To Do", "To Do"),
        ("TO DONE", "Done"),
        ("to in-progress", "In Progress"),
        ("to in prog", "In Progress"),
        ("“won’t do”", "Won't Do"),
    ],
)
def test_step_is_found_by_its_name(words: str, found: str) -> None:
    assert [t.name for t in match_transitions(words, BOARD)] == [found]


def test_status_that_no_step_leads_to_is_not_another_that_begins_like_it() -> None:
    assert match_transitions("to do", BOARD[1:3]) == ()
    assert match_transitions("to To Do", BOARD[1:3]) == ()


ALIKE = (
    step("1", "Start progress", "In Progress"),
    step("2", "In Progress"),
    step("3", "Close", "Done"),
    step("4", "Close", "Rejected"),
)


@pytest.mark.parametrize("words", ["in progress", "close"])
def test_choice_among_steps_of_one_name_is_made_once(words: str) -> None:
    offered = transition_choices("DEMO-1", words, ALIKE)
    assert len(offered) == 2
    for _title, typed in offered:
        assert len(match_transitions(typed.removeprefix("move DEMO-1 "), ALIKE)) == 1


def test_screen_with_nothing_to_fill_in_asks_nobody_anything() -> None:
    types = (FieldOption("10002", "Task"), FieldOption("10004", "Bug"))
    shown = Field("issuetype", "Type", True, False, "issuetype", system="issuetype", allowed=types, fixed=True)
    wanted = Field("resolution", "Resolution", True, False, "resolution", system="resolution")
    assert not needs_form(Transition("1", "Start", Status("3", "In Progress"), (shown,)))
    assert needs_form(Transition("1", "Close", Status("4", "Done"), (shown, wanted)))


@pytest.mark.parametrize(
    ("words", "is_there"),
    [
        ("backlog", True),
        ("Backlog!", True),
        ("to “Backlog”", True),
        ("open", True),
        ("reopen", True),
        ("to do", True),
        ("back", False),
        ("do", False),
        ("done", False),
        ("", False),
    ],
)
def test_the_status_that_it_has_is_recognised(words: str, is_there: bool) -> None:
    assert is_status(words, Status("1", "Backlog", StatusCategory.TODO)) is is_there

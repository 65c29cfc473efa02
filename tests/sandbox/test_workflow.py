"""Transitions in the sandbox, with the screens and refusals of Jira."""

from __future__ import annotations

import pytest

from tests.support.sandbox import OFF_SCREEN, Client, adf

MOVES = [
    ({}, {}, ["Missing 'transition' identifier"]),
    ({"transition": {"id": "abc"}}, {}, ["'transition' identifier must be an integer, received a string: 'abc'"]),
    ({"transition": {"id": "71"}}, {}, ["Transition id '71' is not valid for this issue."]),
    ({"transition": {"id": "61"}}, {"resolution": "Resolution is required."}, []),
    (
        {"transition": {"id": "61"}, "fields": {"resolution": {"name": "Nope"}}},
        {"resolution": "Resolution name 'Nope' is not valid"},
        [],
    ),
    ({"transition": {"id": "11"}, "fields": {"summary": "x"}}, {"summary": OFF_SCREEN.format("summary")}, []),
    (
        {
            "transition": {"id": "61"},
            "fields": {"fixVersions": [], "resolution": {"id": "10000"}},
            "update": {"fixVersions": []},
        },
        {"fixVersions": "Field 'fixVersions' cannot be set in both 'fields' and 'update'"},
        [],
    ),
    (
        {
            "transition": {"id": "61"},
            "fields": {"resolution": {"id": "10000"}},
            "update": {"comment": [{"add": {"body": "text"}}]},
        },
        {"comment": "Operation value must be an Atlassian Document (see the Atlassian Document Format)"},
        [],
    ),
]


@pytest.mark.parametrize(("body", "errors", "messages"), MOVES, ids=range(len(MOVES)))
async def test_move_is_refused(
    alice: Client, body: dict[str, object], errors: dict[str, str], messages: list[str]
) -> None:
    answer = await alice.post("/issue/DEMO-2/transitions", body)
    assert (answer.status, answer.body) == (400, {"errorMessages": messages, "errors": errors})
    assert alice.sandbox.site.issues["DEMO-2"].text("status") == "10000"


async def test_workflow_from_end_to_end(alice: Client) -> None:
    issue = alice.sandbox.site.issues["DEMO-2"]
    for transition, status in (("11", "In Progress"), ("31", "In Review"), ("51", "Done"), ("71", "To Do")):
        answer = await alice.post("/issue/DEMO-2/transitions", {"transition": {"id": transition}})
        assert (answer.status, answer.body) == (204, "")
        assert alice.sandbox.site.status_of(issue).name == status
        assert bool(issue.values.get("resolution")) is (status == "Done")


async def test_transition_screens_say_what_they_need(alice: Client) -> None:
    for step in ("11", "31"):
        await alice.post("/issue/DEMO-2/transitions", {"transition": {"id": step}})
    rows = (await alice.get("/issue/DEMO-2/transitions", expand="transitions.fields"))["transitions"]
    assert isinstance(rows, list)
    by_name = {r["name"]: r["fields"].get("resolution") for r in rows}
    assert by_name["Back to work"] is None
    assert (by_name["Done"]["required"], by_name["Done"]["hasDefaultValue"]) == (True, True)
    assert (by_name["Close"]["required"], by_name["Close"]["hasDefaultValue"]) == (True, False)
    assert by_name["Close"]["allowedValues"][0]["name"] == "Done"


@pytest.mark.parametrize(("transition", "kept"), [("11", False), ("61", True)])
async def test_transition_comment_is_dropped_in_silence_off_screen(
    alice: Client, transition: str, kept: bool
) -> None:
    fields = {"fields": {"resolution": {"id": "10000"}}} if kept else {}
    body = {"transition": {"id": transition}, "update": {"comment": [{"add": {"body": adf("why")}}]}, **fields}
    assert (await alice.post("/issue/DEMO-2/transitions", body)).status == 204
    assert len(alice.sandbox.site.issues["DEMO-2"].comments) == (2 if kept else 1)

"""Chapters of the grammar about names: what is unknown, what fits several times, what is told in its own words."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.commands.grammar_rows import Begun, Chapter, Pressed, Sent, Typed
from tests.support.namesakes import add_namesakes, drop_descriptions

UNKNOWN_ISSUES = Chapter(
    tuple(
        Typed(text, "I can't find DEMO-999, or you may not see it.")
        for text in (
            "DEMO-999",
            "show DEMO-999",
            "{site}/browse/DEMO-999",
            "comment DEMO-999 hello",
            "reply DEMO-999 hello",
            "log DEMO-999 1h",
            "watch DEMO-999",
            "unwatch DEMO-999",
            "vote DEMO-999",
            "unvote DEMO-999",
            "assign DEMO-999 me",
            "assign DEMO-999 Bob B",
            "unassign DEMO-999",
            "unassign DEMO-999 from Bob B",
            "move DEMO-999 done",
            "DEMO-999 done",
            "edit DEMO-999",
            "edit DEMO-999 priority High",
            "priority DEMO-999 High",
            "labels DEMO-999 +new",
            "due DEMO-999 tomorrow",
            "link DEMO-999 blocks DEMO-2",
            "link DEMO-2 blocks DEMO-999",
            "unlink DEMO-999 DEMO-2",
            "unlink DEMO-2 DEMO-999",
            "parent DEMO-2 DEMO-999",
            "DEMO-2 DEMO-999",
            "watch DEMO-2 DEMO-999",
        )
    )
)

ALREADY_THERE = Chapter(
    (
        Typed("DEMO-2 to do", "DEMO-2 is already in To Do."),
        Typed("move DEMO-2 to To Do", "DEMO-2 is already in To Do."),
        Typed("move DEMO-2 to to-do", "DEMO-2 is already in To Do."),
        Typed("DEMO-2 todo", "DEMO-2 is already in To Do."),
        Typed("reopen DEMO-2", "DEMO-2 is already in To Do."),
        Typed("edit DEMO-2 status To Do", "DEMO-2 is already in To Do."),
        Typed("move DEMO-2 DEMO-4 to do", "**DEMO-4**: DEMO-4 is already in To Do."),
        Typed("DEMO-2 in progress", "Moved to In Progress"),
        Typed("DEMO-2 in progress", "DEMO-2 is already in In Progress."),
        Typed("start DEMO-2", "DEMO-2 is already in In Progress."),
        Typed("DEMO-2 wip", "DEMO-2 is already in In Progress."),
        Typed("DEMO-2 to do", "Moved to To Do"),
        Typed("DEMO-2 nowhere", "can't move to “nowhere” from here"),
    )
)

NAMESAKES = Chapter(
    (
        Typed("edit DEMO-2 owner me", "Owner changed"),
        Typed("edit DEMO-2 assignee me", "Assignee"),
        Typed("due DEMO-2 2030-04-05", "Due date set to"),
        Typed("edit DEMO-2 due soon", "Due changed"),
        Typed("edit DEMO-2 team Red", "Team (text)"),
        Typed("edit DEMO-2 team Red", "Team (choice)"),
        Typed("edit DEMO-2 customfield_10902 Red", "Team changed"),
        Typed("edit DEMO-2 customfield_10903 Red", "Red (10501)"),
        Typed("edit DEMO-2 customfield_10903 Red", "Red (10502)"),
        Typed("edit DEMO-2 customfield_10903 10502", "Team set to Red"),
        Typed("edit DEMO-2 customfield_10903 Blue", "Team set to Blue"),
        Typed("edit DEMO-2 customfield_10903", "Choose a value for Team"),
        Typed("edit DEMO-2 stage one", "Stage (text, 10904)"),
        Typed("edit DEMO-2 stage one", "Stage (text, 10905)"),
        Typed("edit DEMO-2 customfield_10905 one", "Stage changed"),
        Typed("edit DEMO-2", "Team (choice)"),
        Typed("edit DEMO-2", "Stage (text, 10905)"),
        Typed("components DEMO-2 API", "API (2091)"),
        Typed("components DEMO-2 2092", "Components set to API"),
        Typed("components DEMO-2 +2091", "Components changed"),
        Typed("components DEMO-2 Backend, 2091", "Components set to Backend, API"),
        Typed("sprint DEMO-2 Alpha", "Alpha (board 3)"),
        Typed("sprint DEMO-2 Alpha", "Alpha (board 4)"),
        Typed("sprint DEMO-2 12", "Sprint changed"),
        Typed("filter", "Roadmap (Bob B)"),
        Typed("filter Roadmap", "Roadmap (Carol C)"),
        Typed("filter 10010", "Roadmap"),
        Typed("filter 10011", "Mail queue is stuck"),
    ),
    prepare=add_namesakes,
)

_UNSET = "Not set, because Jira has no such field here: Description."

NO_DESCRIPTIONS = Chapter(
    (
        Typed("create bug DEMO The page is empty\nSteps:\n- open it", "Description (can't be set here"),
        Pressed("form.submit", "Enter a value for Summary", filled={"f_summary": ""}),
        Pressed("form.submit", f"Created. {_UNSET}", filled={"f_summary": "The page is empty"}),
        Typed("create bug DEMO The page is empty", "Created."),
        Typed("description DEMO-2 Steps to **reproduce**", "DEMO-2 has no editable description"),
        Typed("edit DEMO-2 description Steps", "DEMO-2 has no editable field called “description”"),
        Begun("createIssue", "<p>The <b>printer</b> is on fire</p>", "The printer is on fire"),
        Sent("createIssue", "form.start", "New issue in DEMO", {"f_project": "DEMO"}),
        Sent("createIssue", "form.start", "Description (can't be set here", {"f_type": "10001"}),
        Sent("createIssue", "form.submit", "The printer is on fire"),
    ),
    prepare=drop_descriptions,
)

NAME_CHAPTERS: Mapping[str, Chapter] = {
    "unknown issues": UNKNOWN_ISSUES,
    "where it is": ALREADY_THERE,
    "namesakes": NAMESAKES,
    "no descriptions": NO_DESCRIPTIONS,
}

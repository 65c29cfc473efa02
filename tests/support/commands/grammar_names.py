"""Chapters of the grammar about names: what is unknown, what fits several times, what is told in its own words."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.commands.grammar_rows import Chapter, Typed

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

NAME_CHAPTERS: Mapping[str, Chapter] = {
    "unknown issues": UNKNOWN_ISSUES,
    "where it is": ALREADY_THERE,
}

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

NAME_CHAPTERS: Mapping[str, Chapter] = {
    "unknown issues": UNKNOWN_ISSUES,
}

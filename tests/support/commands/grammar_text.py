"""Rows of the grammar for text of all scripts, attachments and labels."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.teams import CHANNEL
from tests.support.commands.grammar_rows import Chapter, Row, Typed

_TEXTS = (
    "می\u200cخواهم برنامه\u200cنویسی کنم",
    "نه\u200cته\u200cوه",
    "क्\u200dष क्\u200cष",
    "ശ്രീ അവന്\u200d",
    "ශ්\u200dරී ලංකා",
    "バグ 修正、ログイン",
    "Donau dampfschiff – Übergröße",
    "👨\u200d👩\u200d👧\u200d👦 is home",
    "👩🏽\u200d🚀 flies to 🇩🇪",
    "done 🚀 and ❤️",
)
"""As a card shows them: what is written has what a card leaves out, too."""


def _written() -> tuple[Row, ...]:
    comments = [Typed(f"comment DEMO-1 {text}", text) for text in _TEXTS]
    summaries = [Typed(f"summary DEMO-1 {text}", text) for text in _TEXTS]
    issues = [Typed(f"create task DEMO {text}", text, CHANNEL) for text in _TEXTS]
    return (*comments, *summaries, *issues)


WRITTEN = Chapter(
    (
        *_written(),
        Typed("\u200fcomment DEMO-1 right\u200e", "right"),
        Typed("\ufeffshow\u00a0DEMO-1\u200b", "DEMO-1"),
        Typed("\u200eDEMO-1\u200f", "DEMO-1"),
        Typed("comment\u3000DEMO-1\u3000全角", "全角"),
        Typed("comment DEMO-1 one\r\ntwo", "one two"),
        Typed("move DEMO-3 to in\u00a0progress\u200f", "In Progress"),
        Typed("priority DEMO-3 hi\u200bgh", "High"),
        Typed("labels DEMO-3 می\u200cخواهم", "می\u200cخواهم"),
        Typed("log DEMO-3 1h\u200f نه\u200cته\u200cوه", "Logged 1h"),
        Typed("search می\u200cخواهم", "می\u200cخواهم"),
        Typed("jql summary ~ “نه\u200cته\u200cوه”", "DEMO-8"),
        Typed("comentt DEMO-1 می\u200cخواهم", "می\u200cخواهم"),
        Typed("🚀", "understand"),
    )
)

TEXT_CHAPTERS: Mapping[str, Chapter] = {"text of all scripts": WRITTEN}

"""Each row of the tables is reached by some text: one whose texts earlier rows take is dead, or misplaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from bot.commands.phrases.interpreter import matches
from bot.commands.phrases.patterns import Pattern, patterns

SLOTS: Mapping[str, Sequence[str]] = {
    **{"key": ("PROJ-12", "it"), "key2": ("OPS-7",), "who": ("Maria Berger", "bob"), "proper": ("Maria Berger",)},
    **{"value": ("Backend", "in progress", "next friday"), "value2": ("Frontend",), "name": ("Maria",)},
    **{"time": ("2h", "eine stunde", "90m"), "day": ("yesterday", "gestern"), "today": ("today",)},
    **{"clock": ("18:00",), "clock2": ("8:00",), "number": ("5",), "version": ("2.4",), "state": ("blocked",)},
    **{"project": ("PROJ", "proj"), "code": ("PROJ",), "type": ("bug", "ticket", "fehler"), "type2": ("task",)},
    **{"types": ("bugs", "stories", "fehler"), "field": ("summary", "labels", "priority"), "stage": ("review",)},
    **{"choice": ("priority", "due date", "epic"), "trait": ("priorität",), "priority": ("high", "hoch")},
    "text": ("the login page is broken", "2h fixing the login page"),
}
TRIES = 200
_INNERMOST = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")


def texts(row: str, rng: Random) -> Iterator[str]:
    """Yield texts that a row stands for."""

    def choose(part: re.Match[str]) -> str:
        required, optional = part.groups()
        options: list[str] = required.split("|") if required is not None else ["", *optional.split("|")]
        return rng.choice(options)

    for _ in range(TRIES):
        text = row
        while _INNERMOST.search(text):
            text = _INNERMOST.sub(choose, text)
        filled = re.sub(r"\{(\w+)\}", lambda slot: rng.choice(SLOTS[slot[1]]), text)
        yield " ".join(filled.split())


def is_reached(pattern: Pattern, rng: Random) -> bool:
    firsts = (next(matches(text, text), (None, ""))[0] for text in texts(pattern.row, rng))
    return any(first is pattern for first in firsts)


def test_every_row_is_reached() -> None:
    rng = Random(7)
    dead = [pattern.row for pattern in patterns() if not is_reached(pattern, rng)]
    assert dead == []

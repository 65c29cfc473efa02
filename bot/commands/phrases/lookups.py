"""Reads requests to look at issues that say nothing else: “need the details of HR-9 and HR-14”, “proj 45”."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.phrases.expansion import word_set
from bot.commands.phrases.issue_list.names import NO_NAMES
from bot.commands.text_input import Target, parse_target

MAX_WORDS = 40
"""Words that are searched for issues."""
_SPACED_KEY = re.compile(r"(?<![\w-])([A-Za-z]{2,5})[ #]{1,2}([1-9][0-9]{0,5})(?![\w.,:%-]*\w|%|\.\d)")
_NOT_SPACED_KEYS = word_set(
    "sprint version release top number nummer room raum option prio page seite line zeile step part teil level "
    "phase item task bug story epic issue day tag kw uhr um than als point punkt floor chapter plan build box "
    "team area file case unit type mal ca nr no at by is"
)
"""Words before a number that are no project's key."""
_LOOKING = word_set(
    "me us up i want to at out the a an about of for on in and or both all these those this that issue issues "
    "ticket tickets bug bugs task tasks story stories card cards next each other side by together please pls "
    "again quick quickly have let let's what's what is are whats with you can could versus vs it them at once "
    "now here mir uns mal bitte an auf das den die der dem zum zur zu von über und oder vorgang vorgänge "
    "aufgabe aufgaben fehler beide beiden nochmal nebeneinander ich möchte was ist mit im kurz doch eben "
    "wieder her"
)
"""Words that may stand in a request to look at issues, in any order."""
_ASKING = word_set(
    "show see display get give pull bring open need look check view read find fetch details detail info infos "
    "information status state summary overview compare comparison list link links zeig zeige zeigen schau "
    "schauen guck gib hol öffne öffnen ruf anzeigen ansehen anschauen details stand vergleich vergleiche "
    "vergleichen brauche sehen lies"
)
"""Words of which such a request has one, if it has any other than the issues."""
_AROUND = ".,;:!?()"


def look_up(text: str) -> str | None:
    """Return the command that shows the issues of a text that has no other words than those of looking."""
    words = text.split(None, MAX_WORDS)
    targets = [parse_target(word) for word in words]
    others = [word for word, target in zip(words, targets, strict=True) if target is None]
    plain = {word.casefold().strip(_AROUND) for word in others} - {""}
    if len(words) > MAX_WORDS or (plain and plain.isdisjoint(_ASKING)) or plain - _ASKING - _LOOKING:
        return None
    return _shown([target for target in targets if target])


def join_spaced_keys(text: str) -> str:
    """Return a text with the keys written without their hyphen (“ops 17”) as keys."""
    return _SPACED_KEY.sub(lambda key: f"{key[1].upper()}-{key[2]}" if _is_project(key[1]) else key[0], text)


def _is_project(word: str) -> bool:
    return word.casefold() not in _NOT_SPACED_KEYS and word.casefold() not in NO_NAMES


def _shown(targets: Sequence[Target]) -> str | None:
    named = list(dict.fromkeys(target.text for target in targets))
    if not named:
        return None
    return f"show {named[0]}" if len(named) == 1 else f"issues {' '.join(named)}"

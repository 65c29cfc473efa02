"""Parses for how long something has lasted (“not updated for two weeks”, “older than 30 days”) into JQL."""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.commands.phrases.issue_list.jql_conditions import OPEN

MAX_WORDS = 12
"""Words of an age."""
NUMBERS: Mapping[str, int] = {
    **{"": 1, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10},
    **{"few": 3, "a few": 3, "couple": 2, "couple of": 2, "a couple of": 2, "several": 3, "fourteen": 14, "twenty": 20, "thirty": 30},
    **{"ein": 1, "eine": 1, "einem": 1, "einer": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7},
    **{"acht": 8, "zehn": 10, "paar": 3, "ein paar": 3, "einigen": 3, "mehreren": 3, "vierzehn": 14, "dreißig": 30, "half a": 1},
}  # fmt: skip
_NUMBER = "|".join(sorted(filter(None, map(re.escape, NUMBERS)), key=len, reverse=True))
_UNITS: Mapping[str, tuple[int, str]] = {
    "h": (1, "h"), "s": (1, "h"), "d": (1, "d"), "t": (1, "d"), "w": (1, "w"), "m": (30, "d"), "y": (365, "d"), "j": (365, "d"),
}  # fmt: skip
"""JQL counts back in weeks, days, hours and minutes; it knows no months."""
UNIT = r"(?:hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|years?|stunden?|tage?n?|tages|wochen?|monate?n?|monats|jahre?n?)"
_SPAN = (
    r"(?:(?:over|more than|the last|the past|at least|longer than|about|around|almost|nearly|mehr als|über|mindestens|länger als|gut|den letzten|der letzten|fast|etwa) ){0,2}"
    rf"(?P<n>[0-9]{{1,3}}|{_NUMBER}) ?(?P<u>{UNIT})"
)
_FOR = r"(?:for|in|since|within|during)"
_TOUCHED = r"(?:updated|changed|touched|modified|edited|moved|worked on|looked at|progressed|commented on)"
_NOT_DE = r"(?:nicht(?:s|s mehr)?|nix|gar nichts|keiner|niemand|kein update|keine änderung(?:en)?|keine aktivität|keine bewegung)(?: mehr)?"
_CHANGED_DE = r"(?:geändert|aktualisiert|bearbeitet|angefasst|passiert|getan|bewegt|verändert|angerührt|gemacht|angeschaut|gegeben|gab|gibt|angepackt)"
_AUXILIARY_DE = r"(?:ist|sind|hat|haben|wurden?|worden(?: ist| sind)?)"
EVENT = "EVENT"
"""Stands for the date that was named before: “I reported over a month ago”."""
_AGES = tuple(
    (re.compile(before + _SPAN + after), condition)
    for before, after, condition in (
        (r"(?:older than|age over|created|opened|reported) ", r" ago", "created"),
        (
            r"(?:older than|älter als|(?:mindestens|über) ) ?",
            r"(?: old| alt)?",
            "created",
        ),
        (r"(?:over|more than) ?", r" old", "created"),
        (r"(?:over|more than|longer than) ", " ago", EVENT),
        (r"(?:open|around|unresolved|unsolved|unfixed) (?:for|since|longer than) ", "", f"{OPEN} AND created"),
        (r"(?:offen|unerledigt|ungelöst)(?: sind| ist)? seit ", "", f"{OPEN} AND created"),
        (r"(?:seit|länger als|schon) ", r" (?:offen|ungelöst|unerledigt)(?: sind| ist)?", f"{OPEN} AND created"),
        (r"(?:seit|länger als|schon) ", r" alt", "created"),
        (
            rf"(?:(?:has |have |had |was |were |been |is |are )*(?:not|never)|hasn't|haven't|wasn't|weren't)(?: been)? {_TOUCHED} {_FOR} ",
            "",
            "updated",
        ),
        (
            rf"(?:untouched|unchanged|inactive|idle|stale|dormant|quiet|silent|unmodified|neglected|forgotten|stuck|sitting|lying around) {_FOR} ",
            "",
            "updated",
        ),
        (
            rf"(?:without|no|with no)(?: an| any)? (?:updates?|activity|changes?|movement|progress|comments?) {_FOR} ",
            "",
            "updated",
        ),
        (
            rf"(?:where )?(?:nothing|nobody|no one|noone)(?: has| was| is)?(?: been)? (?:happened|moved|done|changed|{_TOUCHED}) {_FOR} ",
            "",
            "updated",
        ),
        (r"last (?:updated|changed|touched|modified) (?:over |more than )?", " ago", "updated"),
        (
            r"(?:unverändert|unberührt|unbearbeitet|nicht (?:mehr )?(?:geändert|aktualisiert|angefasst|bearbeitet)) seit ",
            "",
            "updated",
        ),
        (
            r"(?:(?:an|bei) denen )?(?:sich )?(?:seit|länger als|schon) ",
            rf" {_NOT_DE}(?: {_AUXILIARY_DE})?(?: {_CHANGED_DE})?(?: {_AUXILIARY_DE})?",
            "updated",
        ),
        (
            rf"(?:(?:an|bei) denen )?(?:sich )?{_NOT_DE} (?:seit|länger als) ",
            rf" {_CHANGED_DE}(?: {_AUXILIARY_DE})?",
            "updated",
        ),
        (
            r"(?:seit|schon) ",
            r" (?:unverändert|unberührt|unbearbeitet|inaktiv|liegengeblieben)(?: sind| ist)?",
            "updated",
        ),
        (r"(?:overdue|late|überfällig) (?:by|for|since|seit|um) ", "", f"{OPEN} AND due"),
        (r"(?:seit) ", " überfällig", f"{OPEN} AND due"),
    )
)
_LASTING = re.compile(rf"(?:for|since|seit|schon|longer than|länger als|more than|over) {_SPAN}")


def take_age(words: Sequence[str]) -> tuple[str, int]:
    """Return the condition of an age that the words (in lower case) begin with, and how many it takes; else ""."""
    for count in range(min(MAX_WORDS, len(words)), 2, -1):
        text = " ".join(words[:count])
        for pattern, field in _AGES:
            match = pattern.fullmatch(text)
            if match:
                return f"{field} <= -{distance(match['n'], match['u'])}", count
    return "", 0


def take_lasting(words: Sequence[str]) -> tuple[str, int]:
    """Return how long something has lasted (“for more than a week” is `7d`), and how many words say so."""
    for count in range(min(MAX_WORDS, len(words)), 1, -1):
        match = _LASTING.fullmatch(" ".join(words[:count]))
        if match:
            return distance(match["n"], match["u"]), count
    return "", 0


def distance(number: str, unit: str) -> str:
    """Return a distance in time as JQL writes it: `30d` for one month."""
    factor, letter = _UNITS[unit[0]]
    return f"{(int(number) if number.isdigit() else NUMBERS.get(number, 1)) * factor}{letter}"

"""What “I” and “by me” say of issues in lists: every form of a verb stands for the same condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.commands.phrases.conditions import MINE, REPORTED_BY_ME, VIEWED, WATCHED

_ENGLISH: tuple[tuple[str, str, str, str], ...] = (
    ("report", "reported", "reporting", REPORTED_BY_ME),
    ("create", "created", "creating", REPORTED_BY_ME),
    ("raise", "raised", "raising", REPORTED_BY_ME),
    ("file", "filed", "filing", REPORTED_BY_ME),
    ("open", "opened", "opening", REPORTED_BY_ME),
    ("log", "logged", "logging", REPORTED_BY_ME),
    ("submit", "submitted", "submitting", REPORTED_BY_ME),
    ("watch", "watched", "watching", WATCHED),
    ("follow", "followed", "following", WATCHED),
    ("view", "viewed", "viewing", VIEWED),
    ("look at", "looked at", "looking at", VIEWED),
    ("own", "owned", "owning", MINE),
    ("work on", "worked on", "working on", MINE),
)
"""The base, the past and the continuous form of a verb, and what it says with “I”."""
_GERMAN: tuple[tuple[str, str, str], ...] = (
    ("melde", "gemeldet", REPORTED_BY_ME),
    ("erstelle", "erstellt", REPORTED_BY_ME),
    ("lege", "angelegt", REPORTED_BY_ME),
    ("eröffne", "eröffnet", REPORTED_BY_ME),
    ("beobachte", "beobachtet", WATCHED),
    ("verfolge", "verfolgt", WATCHED),
    ("bearbeite", "bearbeitet", MINE),
)


def _english(base: str, past: str, continuous: str) -> Iterator[str]:
    yield from (f"i {base}", f"i {past}", f"do i {base}", f"did i {base}", f"{past} by me")
    for have in ("i have", "i've", "have i"):
        yield from (f"{have} {past}", f"{have} been {continuous}", f"{have} just {past}")
    for am in ("i am", "i'm", "am i"):
        yield from (f"{am} {continuous}", f"{am} currently {continuous}")


def _german(present: str, past: str) -> Iterator[str]:
    yield from (f"{present} ich", f"ich {present}", f"ich {past} habe", f"habe ich {past}")
    yield from (f"von mir {past}{ending}" for ending in ("", "e", "en", "er", "es"))
    yield from (f"ich {adverb} {present}" for adverb in ("gerade", "aktuell"))


SAID_OF_ME: Mapping[str, str] = {
    **{form: verb[-1] for verb in _ENGLISH for form in _english(*verb[:3])},
    **{form: verb[-1] for verb in _GERMAN for form in _german(*verb[:2])},
}
"""Words (in lower case) and the condition that they stand for."""

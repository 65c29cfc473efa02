"""Parts of a list in plain words that a name or a value follows: `by bob`, `in PROJ`, `label X`, `Bob's`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.commands.phrases import listing_words as known
from bot.commands.phrases.conditions import MINE, REPORTED_BY_ME
from bot.commands.phrases.periods import take_period
from bot.jira import jql
from bot.jira.fields.choices import PROJECT_KEY
from bot.jira.models import issue_key

MAX_NAME_WORDS = 3
MIN_NAME = 3
"""Letters of a name that is followed by an “s”."""

_PLACES = frozenset({"in", "from", "aus", "im"})
_PLACES_OR_PEOPLE = frozenset({"for", "of", "on", "für", "von", "vom"})
_PROJECT_WORDS = frozenset({"project", "projekt", "projects", "board"})
_BEFORE_PROJECT = frozenset({"the", "dem", "project", "projekt", "board"})
_BY = frozenset({"by", "von", "durch"})
_ASSIGNED = frozenset({"assigned", "zugewiesen", "zugewiesene", "given"})
_REPORTED = frozenset({"reported", "created", "raised", "filed", "opened", "gemeldet", "erstellt"})
_LABEL = frozenset({"label", "labelled", "labeled", "tagged", "labels", "tag"})
_ABOUT = frozenset({"about", "mentioning", "containing", "regarding", "concerning", "über", "bezüglich"})
_SELF = frozenset({"me", "mir", "mich", "myself", "us"})
_PARENT = frozenset({"under", "in", "of", "epic", "unter", "von", "zu"})
_BEFORE_VALUE = frozenset({"with", "mit", "in", "for", "of", "für", "the", "dem", "der", "fix"})
_COLUMNS = {
    "sprint": "sprint",
    "priority": "priority",
    "priorität": "priority",
    "status": "status",
    "version": "fixVersion",
    "release": "fixVersion",
    **dict.fromkeys(_LABEL, "labels"),
}
_ACTIONS: Mapping[tuple[str, ...], tuple[str, str]] = {
    **{
        (verb,): ("reporter", "created") for verb in ("created", "reported", "raised", "filed", "opened", "logged")
    },
    **{(verb,): ("reporter", "created") for verb in ("gemeldet", "erstellt", "angelegt", "eröffnet")},
    **{(verb,): ("assignee", "resolved") for verb in ("closed", "resolved", "finished", "completed", "fixed")},
    **{(verb,): ("assignee", "resolved") for verb in ("geschlossen", "erledigt", "gelöst", "behoben")},
    **dict.fromkeys((("is", "working", "on"), ("works", "on"), ("has",), ("owns",)), ("assignee", "")),
    **{(verb,): ("assignee", "") for verb in ("bearbeitet", "hat")},
}
"""What somebody did, the field that names them, and the date that it is about."""
_ALTERNATIVES = frozenset({"or", "oder"})
_NO_NAMES = frozenset({"that", "it", "this", "there", "here", "what", "who", "he", "she", "let", "where", "how"})
"""Words before “'s” that are no names."""
_POSSESSIVE = re.compile(r"(.{2,})'s|(.+s)'")


@dataclass(frozen=True, slots=True)
class PersonCondition:
    """A condition that holds for a person, whom Jira knows by another name than the one typed."""

    field: str
    name: str


@dataclass(slots=True)
class SlotReader:
    """Reads the words from `at` on, and collects conditions."""

    words: Sequence[str]
    today: date
    conditions: list[str]
    people: list[PersonCondition] = field(default_factory=list)
    at: int = 0
    event: str = ""
    """The date that the next period is about, or the last word that may say so."""
    is_act: bool = False
    """Whether the event is what somebody did, who did it at any time if no period follows."""
    searched: str = ""
    """The condition that issues contain some words."""
    has_quality: bool = False
    """Whether something was named that only issues have."""

    def rest(self) -> list[str]:
        """Return the words that remain, as they are compared."""
        return [word.casefold().replace("’", "'") for word in self.words[self.at :]]

    def take_slot(self) -> bool:
        """Take a word with the name or value after it; False if there is none."""
        first, *more = self.rest()
        return bool(more) and (
            self._take_text(first)
            or self._take_person(first, more)
            or self._take_parent(first, more)
            or self._take_value()
            or self._take_project(first, more)
        )

    def _take_text(self, first: str) -> bool:
        if first not in _ABOUT:
            return False
        try:
            condition = jql.text_condition(" ".join(self.words[self.at + 1 :]))
        except ValueError:
            return False
        self.searched = condition
        return self._add(condition, len(self.words) - self.at)

    def _add(self, condition: str, count: int) -> bool:
        """Add a condition that `count` words stood for."""
        self.conditions.append(condition)
        self.at += count
        self.has_quality = True
        return True

    def _take_person(self, first: str, more: Sequence[str]) -> bool:
        """Take `assigned to bob`, `reported by bob`, `von bob`, `for bob`."""
        if first in _ASSIGNED and more[0] in ("to", "an"):
            return self._take_name(2, "assignee")
        if first in _REPORTED and more[0] in _BY:
            return self._take_name(2, "reporter")
        if first in ("by", "durch") or (first in _BY and self.event == "created"):
            return self._take_name(1, "reporter")
        return first in _PLACES_OR_PEOPLE and self._take_name(1, "assignee")

    def _take_name(self, skipped: int, role: str) -> bool:
        start = self.at + skipped
        if "".join(self.words[start : start + 1]).casefold() in _SELF:
            return self._add(MINE if role == "assignee" else REPORTED_BY_ME, skipped + 1)
        end = start
        while end < min(len(self.words), start + MAX_NAME_WORDS) and not self._is_known(end):
            end += 1
        name = " ".join(self.words[start:end]).removeprefix("@")
        is_other = any(
            issue_key(word) or word.casefold() in _ALTERNATIVES or word.isdecimal() for word in name.split()
        )
        if not name or name.isupper() or is_other:
            return False
        self.people.append(PersonCondition(role, name))
        if role == "reporter":
            self.event = ""
        self.at = end
        return True

    def _is_known(self, index: int) -> bool:
        """Return whether a word of a list stands here, so that it is no part of a name."""
        words = [word.casefold() for word in self.words[index:]]
        tables = (known.EVENTS, known.CONDITIONS, known.STATUSES, known.TYPES, known.NOUNS, known.FILLERS)
        own = (_PLACES, _PLACES_OR_PEOPLE, _BY, _LABEL, _ABOUT)
        return any(words[0] in table for table in (*tables, *own)) or take_period(words, self.today)[1] > 0

    def _take_parent(self, first: str, more: Sequence[str]) -> bool:
        """Take `of PROJ-1`, `in epic PROJ-1`."""
        count = 2 if more[0] in ("epic", "the") and len(more) > 1 else 1
        key = issue_key(more[count - 1]) if first in _PARENT else None
        return key is not None and self._add(f"parent = {jql.quote(key)}", count + 1)

    def _take_value(self) -> bool:
        """Take `label X`, `with the label X`, `sprint 5`, `version 2.0`, `priority high`, `status X`."""
        words = self.rest()
        count = 0
        while count < min(3, len(words)) and words[count] in _BEFORE_VALUE:
            count += 1
        column = _COLUMNS.get(words[count], "") if count < len(words) else ""
        count += 1
        if column == "labels" and words[count : count + 1] in (["with"], ["as"], ["mit"]):
            count += 1
        if not column or count >= len(words):
            return False
        value = self.words[self.at + count].strip("'")
        is_number = column == "sprint" and value.isdigit()
        return self._add(f"{column} = {value if is_number else jql.quote(value)}", count + 1)

    def _take_project(self, first: str, more: Sequence[str]) -> bool:
        """Take `in PROJ`, `in the PROJ project`, `project PROJ`, and `for PROJ` in capitals."""
        skipped = 1
        while skipped <= len(more) and more[skipped - 1] in _BEFORE_PROJECT:
            skipped += 1
        if self.at + skipped >= len(self.words):
            return False
        word = self.words[self.at + skipped]
        anywhere = first in _PLACES or first in _PROJECT_WORDS
        if not (anywhere or (first in _PLACES_OR_PEOPLE and word.isupper())):
            return False
        if not PROJECT_KEY.fullmatch(word.upper()) or (not word.isupper() and self._is_known(self.at + skipped)):
            return False
        had_quality = self.has_quality
        self._add(f"project = {jql.quote(word.upper())}", skipped + 1)
        self.has_quality = had_quality
        return True

    def take_actor(self) -> bool:
        """Take `bob created`, `Bob Baker is working on` after a word for issues."""
        words = self.rest()
        for count in range(1, min(MAX_NAME_WORDS, len(words) - 1) + 1):
            if self._is_known(self.at + count - 1):
                return False
            verb = next((verb for verb in _ACTIONS if words[count : count + len(verb)] == list(verb)), None)
            if verb:
                field, self.event = _ACTIONS[verb]
                self.is_act = True
                self.people.append(PersonCondition(field, " ".join(self.words[self.at : self.at + count])))
                self.at += count + len(verb)
                return True
        return False

    def take_possessive(self) -> bool:
        """Take `Bob's`, `Bob Baker's`, and the German `Bobs` where a word for issues follows."""
        words = self.rest()
        for count in range(1, min(MAX_NAME_WORDS, len(words)) + 1):
            last = words[count - 1]
            match = _POSSESSIVE.fullmatch(last)
            if not match and not (last.endswith("s") and len(last) > MIN_NAME and _has_noun(words[count:])):
                continue
            stem = match[1] or match[2] if match else last[:-1]
            if stem in _NO_NAMES:
                return False
            whole = self.words[self.at + count - 1][: len(stem)]
            name = " ".join([*self.words[self.at : self.at + count - 1], whole])
            self.people.append(PersonCondition("assignee", name.removeprefix("@")))
            self.at += count
            return True
        return False


def _has_noun(words: Sequence[str]) -> bool:
    return any(word in known.NOUNS or word in known.TYPES for word in words[:MAX_NAME_WORDS])

"""Parses a list in plain words (“my open bugs in PROJ due this week”) into the conditions of a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.commands.phrases import listing_words as known
from bot.commands.phrases.listing_slots import PersonCondition, SlotReader
from bot.commands.phrases.periods import Period, take_period

MAX_WORDS = 40
"""Words of a list; a longer text is none."""
MAX_PHRASE_WORDS = 5
_AROUND = '.,;:!?()"“”„'
_DEFAULTS: Mapping[str, str] = {"created": "created >= -7d", "due": "due IS NOT EMPTY"}
"""The condition of a date's word without a period."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list consists of. `order` is JQL, too."""

    conditions: tuple[str, ...]
    people: tuple[PersonCondition, ...]
    order: str
    names_issues: bool
    """Whether the words can mean nothing but issues: they say so, or name a person or a quality of issues."""


class UnknownWordsError(ValueError):
    """The text has words that say nothing about a list. `words` are those."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def parse_listing(text: str, today: date, *, base: str = "") -> Listing:
    """Parse the words of a list. `base` is a condition that holds in any case. Raises `UnknownWordsError`."""
    words = [word for word in (part.strip(_AROUND) for part in text.split(None, MAX_WORDS)) if word]
    if len(words) > MAX_WORDS:
        raise UnknownWordsError(" ".join(words[:MAX_PHRASE_WORDS]))
    return _Reader(words, today, [base] if base else []).read()


@dataclass(slots=True)
class _Reader(SlotReader):
    status: str | None = None
    order: str = ""
    has_noun: bool = False
    has_period: bool = False
    undecided: Period | None = None
    """A period that no word for a date came before; one may follow (“seit gestern geändert”)."""

    def read(self) -> Listing:
        while self.at < len(self.words):
            if not (
                self._take_period()
                or self._take_phrase(2)
                or self.take_slot()
                or self._take_phrase(1)
                or self.take_possessive()
            ):
                raise UnknownWordsError(self.words[self.at])
        self._end_event()
        return self._listing()

    def _listing(self) -> Listing:
        is_own = known.MINE in self.conditions or any(person.field == "assignee" for person in self.people)
        if self.status is None and is_own and not self.has_period and known.IN_SPRINT not in self.conditions:
            self.status = known.OPEN
        conditions = tuple(dict.fromkeys([*self.conditions, *([self.status] if self.status else [])]))
        names_issues = self.has_noun or self.has_quality or bool(self.people)
        is_list = bool(conditions or self.people or self.order)
        return Listing(conditions, tuple(self.people), self.order or "updated DESC", names_issues and is_list)

    def _take_period(self) -> bool:
        words = self.rest()
        period, count = take_period(words, self.today)
        if period is None or (words[0] == "by" and self.event != "due"):
            return False
        self._use(period)
        self.at += count
        return True

    def _use(self, period: Period) -> None:
        event = self.event or self.dated
        self.undecided = None if self.event else period
        if event == "resolved":
            self.status = known.ANY_STATUS
        self.conditions.append(period.condition(event))
        self.order = self.order or ("due ASC" if event == "due" else f"{event} DESC")
        self.event, self.has_period = "", True
        self.has_quality = self.has_quality or event != "updated"

    def _end_event(self) -> None:
        """Use the word of a date that no period followed; it may belong to one before."""
        if self.event and self.undecided:
            self.conditions.remove(self.undecided.condition(self.dated))
            self.order = ""
            self._use(self.undecided)
        if self.event in _DEFAULTS:
            self.conditions.append(_DEFAULTS[self.event])
            self.has_period = True
        if self.event in ("created", "updated"):
            self.order = self.order or f"{self.event} DESC"
        self.event = ""

    def _take_phrase(self, shortest: int) -> bool:
        words = self.rest()
        for count in range(min(MAX_PHRASE_WORDS, len(words)), shortest - 1, -1):
            if self._understand(" ".join(words[:count]), count):
                self.at += count
                return True
        return False

    def _understand(self, phrase: str, count: int) -> bool:
        dated = take_period(self.rest()[count:], self.today)[1] > 0
        if phrase in known.EVENTS and (dated or phrase not in known.CONDITIONS):
            self.event = known.EVENTS[phrase]
            self.status = known.STATUSES.get(phrase, self.status)
        elif phrase in known.CONDITIONS:
            self.conditions.append(known.CONDITIONS[phrase])
            self.has_quality = True
        elif phrase in known.STATUSES:
            condition = known.STATUSES[phrase]
            self.status = known.CATEGORIES.get(condition, condition)
        elif phrase in known.NEWEST:
            self.order = known.NEWEST[phrase]
        elif phrase in known.TYPES:
            self.conditions.append(known.TYPES[phrase])
            self.has_noun = True
        elif phrase in known.NOUNS:
            self.has_noun = True
        else:
            return phrase in known.FILLERS
        return True

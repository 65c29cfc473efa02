"""Parses a list in plain words (“my open bugs in PROJ due this week”) into the conditions of a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.commands.phrases import conditions as meaning
from bot.commands.phrases import listing_words as known
from bot.commands.phrases.listing_slots import PersonCondition, SlotReader
from bot.commands.phrases.periods import Period, take_age, take_period

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
    is_certain: bool
    """Whether they say more than a name or words to search for: “for payment” may be about a person or a word."""


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


def heading(text: str) -> str:
    """Return the words of a list as a heading: without the verbs and articles before them, with a capital."""
    words = text.split()
    while len(words) > 1 and words[0].strip(_AROUND).casefold() in known.FILLERS:
        words = words[1:]
    plain = " ".join(words).rstrip(" ?!.")
    return plain[:1].upper() + plain[1:]


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
                self._take_age()
                or self._take_period()
                or self._take_phrase(2)
                or self.take_slot()
                or self._take_phrase(1)
                or self.take_possessive()
                or (self.has_noun and self.take_actor())
            ):
                raise UnknownWordsError(self.words[self.at])
        self._end_event()
        return self._listing()

    def _listing(self) -> Listing:
        if self.status is None and self._means_open_ones():
            self.status = meaning.OPEN
        conditions = tuple(dict.fromkeys([*self.conditions, *([self.status] if self.status else [])]))
        names_issues = self.has_noun or self.has_quality or bool(self.people)
        is_list = bool(conditions or self.people or self.order)
        says_more = any(each != self.searched and not each.startswith("project = ") for each in self.conditions)
        is_certain = says_more or (
            self.has_noun and bool(self.people or len(self.conditions) > bool(self.searched))
        )
        return Listing(
            conditions,
            tuple(self.people),
            self.order or "updated DESC",
            names_issues=names_issues and is_list,
            is_certain=is_certain and is_list,
        )

    def _means_open_ones(self) -> bool:
        """Return whether a person's issues are listed, and nothing says which: then the open ones are."""
        is_own = meaning.MINE in self.conditions or any(person.field == "assignee" for person in self.people)
        says_which = meaning.IN_SPRINT in self.conditions or any(meaning.OPEN in each for each in self.conditions)
        return is_own and not self.has_period and not says_which

    def _take_period(self) -> bool:
        words = self.rest()
        period, count = take_period(words, self.today)
        if period is None or (words[0] == "by" and self.event != "due"):
            return False
        self._use(period)
        self.at += count
        return True

    def _use(self, period: Period) -> None:
        """Keep a period until it is known which date it is about; two periods are about two dates."""
        if self.undecided:
            self._date(self.undecided, self._implied_date())
        self.undecided = None if self.event else period
        if self.event:
            self._date(period, self.event)

    def _implied_date(self) -> str:
        """Return the date that a period is about where no word says so."""
        if self.status == meaning.DONE:
            return "resolved"
        is_reported = meaning.REPORTED_BY_ME in self.conditions
        return "created" if is_reported or any(person.field == "reporter" for person in self.people) else "updated"

    def _date(self, period: Period, event: str) -> None:
        if event == "resolved":
            self.status = meaning.ANY_STATUS
        self.conditions.append(period.condition(event))
        self.order = self.order or ("due ASC" if event == "due" else f"{event} DESC")
        self.event, self.has_period = "", True
        self.has_quality = self.has_quality or event != "updated"

    def _end_event(self) -> None:
        """Use the word of a date that no period followed; it may belong to one before."""
        if self.undecided:
            self._date(self.undecided, self.event or self._implied_date())
        elif self.event == "resolved" and self.status is None:
            self.status = meaning.DONE
        if self.event in _DEFAULTS and not self.is_act:
            self.conditions.append(_DEFAULTS[self.event])
            self.has_period = True
        if self.event in ("created", "updated"):
            self.order = self.order or f"{self.event} DESC"
        self.event = ""

    def _take_age(self) -> bool:
        """Take `older than 30 days`, `not updated for two weeks`."""
        age, count = take_age(self.rest())
        if not age:
            return False
        self.conditions.append(age)
        self.at += count
        self.has_quality = True
        return True

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

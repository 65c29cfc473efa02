"""Parses a list in plain words (“my open bugs in PROJ due this week”) into the conditions of a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.commands.phrases.apostrophes import straighten
from bot.commands.phrases.issue_list import jql_conditions, vocabulary
from bot.commands.phrases.issue_list.compounds import drop_project_name, nearest_word, split_compound
from bot.commands.phrases.issue_list.dates import DateReader
from bot.commands.phrases.issue_list.state import PersonCondition
from bot.commands.phrases.periods import take_period
from bot.commands.phrases.phrase_table import longest

MAX_WORDS = 40
"""Words of a list; a longer text is none."""
_WORD = re.compile(r"[“„\"]([^“”„\"]{1,100})[”“\"]|(\S+)")
_AROUND = '.,;:!?()[]"“”„'
_SAYS_OF_THIS = re.compile(r"(?:this|that|it|das|es|dies) (?:is|was|isn't|ist|war)\b|(?:that's|thats|it's)\b")
"""The beginning of what is said of something at hand, which is no list: “this is urgent”."""
_RECENT = {f"{field} DESC": f"{field} >= -30d" for field in ("created", "updated", "resolved")}
"""What bounds a list of which nothing but the order is said."""
_OR = frozenset({"or", "oder"})
_QUESTION = re.compile(
    r"(?:what|which|was|woran|welche\w?)(?: \w+)? "
    r"(?:did|has|have|does|do i|do we|is \w+ing|hat|habe?|haben wir|macht|arbeitet?|muss|bearbeitet) "
    r"(?!there|es\b|been\b)",
    re.IGNORECASE,
)
"""A question about what somebody did: it is its own heading."""


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
    words, breaks = _split(text)
    if len(words) > MAX_WORDS:
        raise UnknownWordsError(" ".join(words[:5]))
    reader = _Reader(words, today, [base] if base else [])
    reader.breaks = breaks
    return reader.read()


def _split(text: str) -> tuple[list[str], frozenset[int]]:
    """Return the words of a text, of which a quoted text is one, and the places of those before a comma."""
    spaced = " ".join(straighten(text).split(None, MAX_WORDS + 1))
    words: list[str] = []
    breaks: set[int] = set()
    for quoted, word in _WORD.findall(drop_project_name(spaced)):
        words += split_compound(quoted or word.strip(_AROUND))
        if word.endswith(","):
            breaks.add(len(words) - 1)
    return words, frozenset(breaks)


def heading(text: str) -> str:
    """Return the words of a list as a heading: without the verbs and articles before them, with a capital."""
    words = text.split()
    if _QUESTION.match(text):
        return text[:1].upper() + text[1:].rstrip(" ?!.")
    while len(words) > 1 and words[0].strip(_AROUND).casefold() in vocabulary.FILLERS:
        words = words[1:]
    plain = " ".join(words).rstrip(" ?!.")
    return plain[:1].upper() + plain[1:]


class _Reader(DateReader):
    __slots__ = ("added", "is_corrected")

    def __init__(self, words: Sequence[str], today: date, conditions: list[str]) -> None:
        super().__init__(words, today, conditions)
        self.added: int | None = None
        """What was added last: a condition, people, or a status."""
        self.is_corrected = False

    def read(self) -> Listing:
        while self.at < len(self.words):
            if self.rest()[0] in _OR:
                self._take_alternative()
                continue
            before = self._sizes()
            if not self._take() and not self._correct():
                raise UnknownWordsError(self.words[self.at])
            added = next((n for n, size in enumerate(self._sizes()) if size > before[n]), None)
            self.added = self.added if added is None else added
        if self.undecided and not self.event and not (any(self._sizes()) or self.has_noun):
            raise UnknownWordsError(self.words[0])
        if self.span:
            raise UnknownWordsError(self.words[0])
        self.end_event()
        if self.is_statement or _SAYS_OF_THIS.match(" ".join(self.lowered[:2])):
            raise UnknownWordsError(self.words[0])
        return self._listing()

    def _sizes(self) -> tuple[int, int, int]:
        return len(self.conditions), len(self.people), len(self.statuses)

    def _correct(self) -> bool:
        """Correct one word that has a typo."""
        word = "" if self.is_corrected else nearest_word(self.lowered[self.at])
        if not word or self.words[self.at] != self.lowered[self.at]:
            return False
        self.is_corrected = True
        self.words = [*self.words[: self.at], word, *self.words[self.at + 1 :]]
        self.lowered = [*self.lowered[: self.at], word, *self.lowered[self.at + 1 :]]
        return True

    def _take(self) -> bool:
        """Take the next words that say something, the longest and surest first."""
        return any(
            take()
            for take in (
                self.take_age,
                self.take_lasting,
                self.take_sorting,
                self.take_period,
                self.take_order,
                self.take_text,
                self.take_clause,
                self.take_version,
                self.take_absence,
                self.take_component,
                self.take_parent,
                self.take_field,
                self._take_long_phrase,
                self.take_person_or_project,
                self._take_exception,
                self.take_first,
                self._take_phrase,
                self.take_possessive,
                self.take_bare_project,
            )
        )

    def take_person_or_project(self) -> bool:
        """Take a place or a person: `from PROJ`, `from Anna`."""
        return self.take_person() or self.take_project()

    def _take_alternative(self) -> None:
        """Take “or” with what follows: either that or what came before."""
        word = self.words[self.at]
        self.at += 1
        if self.undecided:
            self.use_period(self.undecided)
            self.added = 0
        before = self._sizes()
        both = (self.conditions, None, self.statuses)[self.added] if self.added is not None else None
        if both is None or not self._take_one():
            raise UnknownWordsError(word)
        grown = [size - old for size, old in zip(self._sizes(), before, strict=True)]
        if sum(grown) != 1 or not grown[self.added or 0]:
            raise UnknownWordsError(word)
        both[-2:] = [jql_conditions.any_of(*both[-2:])]

    def _take_exception(self) -> bool:
        """Take “except subtasks”, “not in review”: the next condition is negated."""
        count = longest(self.rest(), vocabulary.EXCEPT)
        if not count or self.at + count >= len(self.words):
            return False
        if self._is_part_of_phrase(count):
            return False
        start, before = self.at, self._sizes()
        event, noun, quality = self.event, self.has_noun, self.has_quality
        self.at += count
        taken = self._take_one()
        added = [size - old for size, old in zip(self._sizes(), before, strict=True)]
        if not taken or sum(added) != 1:
            raise UnknownWordsError(self.words[start])
        self.event, self.has_noun = event, noun
        self.has_quality = quality or sum(before) > 0
        if added[0]:
            self.conditions[-1] = jql_conditions.negate(self.conditions[-1])
        elif added[1]:
            self.people[-1] = replace(self.people[-1], is_negated=True)
        else:
            self.statuses[-1] = jql_conditions.negate(self.statuses[-1])
        return True

    def _is_part_of_phrase(self, count: int) -> bool:
        """Return whether the end of words that negate begins a longer phrase: “are not assigned to anyone”."""
        words, tables = self.rest(), (vocabulary.CONDITIONS, vocabulary.STATUSES)
        return any(longest(words[skipped:], *tables) > count - skipped for skipped in range(1, count))

    def _take_one(self) -> bool:
        """Take one condition, with the words before it that say nothing."""
        before = self._sizes()
        for _ in range(3):
            if self.at >= len(self.words) or not self._take():
                return False
            if self._sizes() != before:
                return True
        return False

    def _listing(self) -> Listing:
        if self._means_open_ones():
            self.statuses.append(jql_conditions.OPEN)
        statuses = [status for status in dict.fromkeys(self.statuses) if status]
        if {jql_conditions.OPEN, jql_conditions.DONE} <= {*statuses}:
            statuses = [status for status in statuses if status not in (jql_conditions.OPEN, jql_conditions.DONE)]
        conditions = jql_conditions.merge(_either_due(dict.fromkeys([*self.conditions, *statuses])))
        is_placed = any(each.startswith("project ") for each in conditions) and len(conditions) > 1
        if self.has_noun and self.order and not (conditions or self.people):
            conditions = (_RECENT.get(self.order, jql_conditions.OPEN),)
        names_issues = self.has_noun or self.has_quality or bool(self.people) or is_placed
        is_list = bool(conditions or self.people)
        says_more = any(each != self.searched and not each.startswith("project ") for each in self.conditions)
        is_certain = (
            says_more
            or (self.searched and is_placed)
            or (self.has_noun and bool(self.people or len(self.conditions) > bool(self.searched)))
        )
        conditions, people = _with_me(conditions, _merge_people(self.people))
        return Listing(
            conditions,
            people,
            self.order or ("lastViewed DESC" if jql_conditions.VIEWED in conditions else "updated DESC"),
            names_issues=names_issues and is_list,
            is_certain=is_certain and is_list,
        )

    def _means_open_ones(self) -> bool:
        """Return whether issues of somebody, of nobody or of a priority are listed, and nothing says which."""
        is_own = jql_conditions.MINE in self.conditions or any(
            person.field == "assignee" for person in self.people
        )
        is_state = any(
            each == jql_conditions.UNASSIGNED or each.startswith("priority ") for each in self.conditions
        )
        says_which = bool(self.statuses) or any(
            each == jql_conditions.IN_SPRINT or jql_conditions.OPEN in each for each in self.conditions
        )
        return (is_own or is_state) and not self.has_period and not says_which

    def _take_long_phrase(self) -> bool:
        return self._understand(shortest=2)

    def _take_phrase(self) -> bool:
        return self._understand(shortest=1)

    def _understand(self, shortest: int) -> bool:
        words = self.rest()
        tables: tuple[Callable[[str, int], bool], ...] = (
            self._as_event,
            self._as_condition,
            self._as_status,
            self._as_noun,
        )
        for count in range(min(8, len(words)), shortest - 1, -1):
            phrase = " ".join(words[:count])
            if any(understand(phrase, count) for understand in tables) or phrase in vocabulary.FILLERS:
                self.at += count
                return True
        return False

    def _as_event(self, phrase: str, count: int) -> bool:
        if phrase not in vocabulary.EVENTS:
            return False
        is_weak = phrase in vocabulary.FILLERS
        is_status = phrase in vocabulary.STATUSES
        is_other = is_weak or phrase in vocabulary.CONDITIONS or (is_status and vocabulary.EVENTS[phrase] == "due")
        dated = take_period(self.rest()[count:], self.today)[1] > 0 or (is_weak and self.undecided is not None)
        if is_other and not dated:
            return False
        self.event = vocabulary.EVENTS[phrase]
        if is_status and self.event == "resolved":
            self.statuses.append(vocabulary.STATUSES[phrase])
        return True

    def _as_condition(self, phrase: str, count: int) -> bool:
        is_assigned_to = phrase.endswith("assigned") and self.rest()[count : count + 1] == ["to"]
        if phrase not in vocabulary.CONDITIONS or is_assigned_to:
            return False
        self.conditions.append(vocabulary.CONDITIONS[phrase])
        self.has_quality = True
        return True

    def _as_status(self, phrase: str, _count: int) -> bool:
        if phrase not in vocabulary.STATUSES:
            return False
        condition = vocabulary.STATUSES[phrase]
        self.statuses.append(condition)
        self.lasts = "created <= {}" if condition == jql_conditions.OPEN else "NOT status CHANGED AFTER {}"
        if self.span:
            self.conditions.append(self.lasts.format(f"-{self.span}"))
            self.span = ""
        return True

    def _as_noun(self, phrase: str, count: int) -> bool:
        if phrase in vocabulary.TYPES:
            self.conditions.append(vocabulary.TYPES[phrase])
        elif phrase not in vocabulary.NOUNS:
            return False
        self.has_noun = True
        self.noun_end = self.at + count if phrase != "alles" else -1
        return True


def _either_due(conditions: Iterable[str]) -> list[str]:
    """Return conditions with “overdue and due today” as either: no issue is both."""
    listed = list(conditions)
    overdue = [each for each in listed if each.startswith("due < startOfDay()")]
    coming = [each for each in listed if each.startswith("due >= startOf") and "-" not in each]
    if not (overdue and coming):
        return listed
    rest = [each for each in listed if each not in (overdue[0], coming[0])]
    return [f"({overdue[0]} OR {coming[0]})", *rest]


def _merge_people(people: Iterable[PersonCondition]) -> tuple[PersonCondition, ...]:
    """Return conditions on people with those on one field as one: “Tom's bugs and Anna's” are of either."""
    merged: dict[tuple[str, bool], PersonCondition] = {}
    for person in people:
        key = person.field, person.is_negated
        before = merged.get(key)
        merged[key] = replace(person, names=(*before.names, *person.names)) if before else person
    return tuple(merged.values())


def _with_me(
    conditions: tuple[str, ...], people: tuple[PersonCondition, ...]
) -> tuple[tuple[str, ...], tuple[PersonCondition, ...]]:
    """Return conditions in which issues of somebody and of whoever asks are of either."""
    named = next((person for person in people if person.field == "assignee" and not person.is_negated), None)
    if named is None or jql_conditions.MINE not in conditions:
        return conditions, people
    others = tuple(replace(person, with_me=True) if person is named else person for person in people)
    return tuple(each for each in conditions if each != jql_conditions.MINE), others

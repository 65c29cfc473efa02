"""Takes what lists in plain words say of dates, and in which order they come."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.commands.phrases.ages import EVENT, take_age, take_lasting
from bot.commands.phrases.expansion import word_set
from bot.commands.phrases.issue_list import jql_conditions, vocabulary
from bot.commands.phrases.issue_list.clauses import ClauseReader
from bot.commands.phrases.periods import Reading, take_period
from bot.commands.phrases.phrase_table import longest

_DEFAULTS: Mapping[str, str] = {"created": "created >= -7d", "due": "due IS NOT EMPTY"}
"""The condition of a date's word without a period."""
MAX_DIGITS = 2
"""Of the number of issues in “latest 5 bugs”."""
_TOP: Mapping[str, str] = {
    **dict.fromkeys(("last", "letzten", "letzte", "first"), "created DESC"),
    "top": "priority DESC",
}
_OCCUR = re.compile(r'issuetype (?:=|in) \(?"(?:Bug|Incident)"')
"""Types of issues that happen: “bugs since Monday” were reported since then."""
_DUE = frozenset({"by", "for", "für", "zum"})
"""What comes before a time when something is due."""
_SINCE = frozenset({"since", "seit", "for"})
_FIRST = frozenset({"first", "zuerst"})
_COUNTS = word_set("two three four five six ten twenty zwei drei vier fünf zehn")
_SORTING = frozenset({"by", "nach", "first", "zuerst", "oben", "zuoberst"})


class DateReader(ClauseReader):
    """Takes periods and orders."""

    __slots__ = ("has_period", "lasts", "order", "span", "undecided")

    def __init__(self, words: Sequence[str], today: date, conditions: list[str]) -> None:
        """Begin with the words of a list. `conditions` hold in any case."""
        super().__init__(words, today, conditions)
        self.order = ""
        self.has_period = False
        self.undecided: Reading | None = None
        """A period that no word for a date came before; one may follow (“seit gestern geändert”)."""
        self.span = ""
        """How long what follows has lasted: “seit zwei Wochen im Review”."""
        self.lasts = ""
        """The JQL of what has lasted as long as the next words say: “in review for a week”."""

    def take_period(self) -> bool:
        """Take `this week`, `by Friday`, `zwischen dem 1. und dem 5. Mai`."""
        words = self.rest()
        period, count = take_period(words, self.today)
        if period is None or (count == 1 and longest(words, vocabulary.CONDITIONS) > 1):
            return False
        if words[0] in _DUE and not self.event and not self.undecided:
            self.event = "due"
        self.use_period(period)
        self.at += count
        return True

    def use_period(self, period: Reading) -> None:
        """Keep a period until it is known which date it is about; two periods are about two dates."""
        if self.undecided:
            self._add_date_condition(self.undecided, self._implied_date(self.undecided))
        self.undecided = None if self.event else period
        if self.event:
            self._add_date_condition(period, self.event)

    def _implied_date(self, period: Reading) -> str:
        """Return the date that a period is about where no word says so."""
        if jql_conditions.DONE in self.statuses:
            return "resolved"
        is_own = jql_conditions.MINE in self.conditions or any(
            person.field == "assignee" for person in self.people
        )
        if period.is_ahead or (is_own and jql_conditions.OPEN in self.statuses and period.is_current):
            return "due"
        is_reported = jql_conditions.REPORTED_BY_ME in self.conditions or any(map(_OCCUR.match, self.conditions))
        return "created" if is_reported or any(person.field == "reporter" for person in self.people) else "updated"

    def _add_date_condition(self, period: Reading, event: str) -> None:
        if event == "resolved":
            self.statuses = [status for status in self.statuses if status != jql_conditions.DONE] or [
                jql_conditions.ANY_STATUS
            ]
        self.conditions.append(period.condition(event))
        self.order = self.order or ("due ASC" if event == "due" else f"{event} DESC")
        self.has_quality = self.has_quality or self.event == event
        self.dated, self.event, self.has_period = event, "", True

    def end_event(self) -> None:
        """Use the word of a date that no period followed; it may belong to one before."""
        if self.undecided and self._lasts_since(self.undecided):
            self.conditions.append(self.lasts.format(self.undecided.back.begin))
        elif self.undecided:
            self._add_date_condition(self.undecided, self.event or self._implied_date(self.undecided))
        elif self.event == "resolved" and not self.statuses:
            self.statuses.append(jql_conditions.DONE)
        if self.event in _DEFAULTS and not self.is_act and self.event != self.dated:
            self.conditions.append(_DEFAULTS[self.event])
            self.has_period = True
        if self.event in ("created", "updated"):
            self.order = self.order or f"{self.event} DESC"
        elif self.event == "due":
            self.order = self.order or "due ASC"
        self.event = ""

    def _lasts_since(self, period: Reading) -> bool:
        """Return whether a status lasts since then: “seit Montag in Arbeit”."""
        return not self.event and self.lasts.startswith("NOT ") and not period.back.end

    def take_age(self) -> bool:
        """Take `older than 30 days`, `not updated for two weeks`, `over a month ago`."""
        age, count = take_age(self.rest())
        if EVENT in age:
            age, self.event = age.replace(EVENT, self.event or "created"), ""
        return bool(age) and self.add(age, count)

    def take_lasting(self) -> bool:
        """Take `for more than a week` and `since Monday` after what lasts so long."""
        if self.event or self.undecided:
            return False
        span, count = take_lasting(self.rest())
        if span and not self.lasts and self.rest()[0] not in _SINCE:
            self.span = span
            self.at += count
            return True
        if span and self.lasts:
            return self.add(self.lasts.format(f"-{span}"), count)
        period, count = take_period(self.rest(), self.today) if self.rest()[0] in ("since", "seit") else (None, 0)
        is_status = self.lasts.startswith("NOT ")
        return period is not None and is_status and self.add(self.lasts.format(period.back.begin), count)

    def take_sorting(self) -> bool:
        """Take “by priority”, “oldest first”, which say nothing but the order."""
        count = longest(self.rest(), vocabulary.ORDERS)
        is_sorting = count > 1 and not take_period(self.rest(), self.today)[1] >= count
        return is_sorting and bool(_SORTING & {*self.rest()[:count]}) and self.take_order()

    def take_order(self) -> bool:
        """Take `newest`, `recently updated`."""
        words = self.rest()
        number = int(_is_number(words))
        count = longest(words[number:], vocabulary.ORDERS)
        if not count or count < longest(words[number:], vocabulary.CONDITIONS, vocabulary.EVENTS):
            return False
        self.order = vocabulary.ORDERS[" ".join(words[number : number + count])]
        self.at += number + count
        self._take_number()
        return True

    def take_first(self) -> bool:
        """Take `top 10`, and `first` at the end of “newest bugs first”, “highest priority bugs first”."""
        words = self.rest()
        if words[0] in _TOP and _is_number(words[1:]):
            self.order = self.order or _TOP[words[0]]
            self.at += 2
            return True
        priority = next((each for each in reversed(self.conditions) if each.startswith("priority ")), "")
        if words[0] not in _FIRST or not (self.order or priority):
            return False
        if not self.order:
            self.order = "priority DESC"
            self.conditions.remove(priority)
        self.at += 1
        return True

    def _take_number(self) -> None:
        """Take the number of “latest 5 bugs”: lists have pages of ten."""
        self.at += _is_number(self.rest()[:1])


def _is_number(words: Sequence[str]) -> bool:
    """Return whether the words begin with a number of issues."""
    return bool(words) and ((words[0].isdecimal() and len(words[0]) <= MAX_DIGITS) or words[0] in _COUNTS)

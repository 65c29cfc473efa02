"""Takes fields of lists in plain words: `without a due date`, `label X or Y`, `sprint 5`, `priority high`."""

# ruff: noqa: E501 - what belongs together is one line

from __future__ import annotations

import re

from bot.commands.phrases.expansion import word_set
from bot.commands.phrases.issue_list import vocabulary
from bot.commands.phrases.issue_list.jql_conditions import IN_BACKLOG, any_of
from bot.commands.phrases.issue_list.names import is_word_of_list
from bot.commands.phrases.issue_list.slots import SlotReader
from bot.commands.phrases.periods import take_period
from bot.commands.phrases.phrase_table import longest
from bot.jira import jql
from bot.jira.models import issue_key

MAX_VALUE_WORDS = 4
_BEFORE_FIELD = word_set(
    "with mit in for of für the dem der den das a an ein einem einer whose where that have has having under im "
    "am von vom the into on is are"
)
_PRESENT = frozenset({"with", "mit", "has", "have", "having", "haben", "hat"})
_BETWEEN = word_set("is are = equals named called ist heißt namens set")
_AND = frozenset({"or", "oder", "and", "und"})
_PRIORITIES = {
    "highest": "Highest", "high": "High", "medium": "Medium", "low": "Low", "lowest": "Lowest", "hoch": "High", "höchste": "Highest", "mittel": "Medium",
    "niedrig": "Low", "niedrigste": "Lowest", "normal": "Medium",
}  # fmt: skip
_OR_HIGHER = re.compile(r"(?:or|and|oder|und) (?:higher|above|up|more|höher|darüber|mehr)")
_OR_LOWER = re.compile(r"(?:or|and|oder|und) (?:lower|below|less|niedriger|darunter)")
_NEVER_VALUES = word_set("oder in is are that and or for with of die das und mit im für the")
_NAMED = frozenset({"component", "status", "sprint", "fixVersion", "issuetype"})
"""Fields whose values may be several words."""


class FieldReader(SlotReader):
    """Takes fields with their values, or without any."""

    __slots__ = ()

    def take_absence(self) -> bool:
        """Take `without a due date or labels`, `that have no assignee yet`, `estimate missing`."""
        words = self.rest()
        lead = longest(words, vocabulary.WITHOUT)
        count = longest(words[lead:], vocabulary.FIELDS)
        field = vocabulary.FIELDS.get(" ".join(words[lead : lead + count])) or ""
        tail = longest(words[lead + count :], vocabulary.UNSET if lead else vocabulary.IS_UNSET)
        if not field or not (lead or tail) or (lead and self._has_value(lead + count, field)):
            return False
        self.add(IN_BACKLOG if field == "sprint" else f"{field} IS EMPTY", lead + count + tail)
        return not lead or self._take_more_absent()

    def _take_more_absent(self) -> bool:
        """Take the other fields of “without labels or components”: neither is set."""
        while self.at + 1 < len(self.words) and self.lowered[self.at] in _AND:
            count = longest(self.lowered[self.at + 1 :], vocabulary.FIELDS)
            field = vocabulary.FIELDS.get(" ".join(self.lowered[self.at + 1 : self.at + 1 + count])) or ""
            if not field:
                break
            self.add(f"{field} IS EMPTY", count + 1)
        return True

    def _has_value(self, count: int, field: str) -> bool:
        """Return whether a value follows: `without label X` leaves out those with X."""
        words = self.rest()[count:]
        return (
            bool(words)
            and field in ("labels", "component", "fixVersion")
            and not self._is_part_of_list(count)
            and not longest(words, vocabulary.UNSET)
        )

    def take_field(self) -> bool:
        """Take a field with its value, or `with a due date`."""
        words, lead = self.rest(), 0
        while (
            lead < min(4, len(words))
            and words[lead] in _BEFORE_FIELD
            and not longest(words[lead:], vocabulary.FIELDS)
        ):
            lead += 1
        count = longest(words[lead:], vocabulary.FIELDS)
        field = vocabulary.FIELDS.get(" ".join(words[lead : lead + count])) or ""
        start = lead + count
        while field and start < len(words) and words[start] in _BETWEEN:
            start += 1
        if not field:
            return False
        if self._take_value(field, start):
            return True
        return bool(_PRESENT & {*words[:lead]}) and self._take_presence(field, lead + count)

    def _take_presence(self, field: str, count: int) -> bool:
        if field == "due" and take_period(self.rest()[count:], self.today)[0]:
            self.event = "due"
            self.at += count
            return True
        return field not in ("parent", "status", "issuetype") and self.add(f"{field} IS NOT EMPTY", count)

    def _take_value(self, field: str, start: int) -> bool:
        words = self.rest()
        if start >= len(words):
            return False
        if field == "priority":
            return self._take_priority(start)
        if field == "parent":
            key = issue_key(words[start])
            return key is not None and self.add(f"parent = {jql.quote(key)}", start + 1)
        if field == "status" and (
            longest(words[start:], vocabulary.STATUSES) or words[start] in vocabulary.CONDITIONS
        ):
            return self._take_status(start)
        if field == "issuetype" and longest(words[start:], vocabulary.TYPES):
            self.at += start
            return True
        has_value = field in _NAMED or field in ("labels", "affectedVersion")
        return has_value and self._take_values(field, start)

    def _take_status(self, start: int) -> bool:
        """Take “status” before a word for it, or before one that says something else elsewhere (“Blocked”)."""
        if longest(self.rest()[start:], vocabulary.STATUSES):
            self.at += start
            return True
        return self.add(f"status = {jql.quote(self.words[self.at + start])}", start + 1)

    def _take_priority(self, start: int) -> bool:
        words = self.rest()
        condition, count = "", start
        while name := _PRIORITIES.get(words[count]) if count < len(words) else None:
            named = f"priority = {jql.quote(name)}"
            condition = any_of(condition, named) if condition else named
            count += 1
            tail = " ".join(words[count : count + 2])
            operator = ">=" if _OR_HIGHER.fullmatch(tail) else "<=" if _OR_LOWER.fullmatch(tail) else ""
            if operator:
                return self.add(f"priority {operator} {name}", count + 2)
            count += count + 1 < len(words) and words[count] in _AND and words[count + 1] in _PRIORITIES
        if not condition and not self._is_part_of_list(start):
            condition, count = f"priority = {jql.quote(self.words[self.at + start])}", start + 1
        return bool(condition) and self.add(condition, count)

    def _take_values(self, field: str, start: int) -> bool:
        """Take values with “or” between them; “label X and Y” asks for both."""
        words = self.rest()
        conditions, count = "", start
        while count < len(words):
            length = self._value_length(field, count, is_first=count == start)
            if not length:
                break
            value = " ".join(self.words[self.at + count : self.at + count + length]).strip("'")
            is_number = field == "sprint" and value.isdigit()
            named = f"{field} = {value if is_number else jql.quote(value)}"
            if conditions and words[count - 1] in ("and", "und") and field == "labels":
                self.conditions.append(conditions)
                conditions = named
            else:
                conditions = any_of(conditions, named) if conditions else named
            count += length
            if count >= len(words) or words[count] not in _AND or not self._value_length(field, count + 1):
                break
            count += 1
        return bool(conditions) and self.add(conditions, count)

    def _value_length(self, field: str, count: int, *, is_first: bool = False) -> int:
        """Return how many words a value has that begins at a word; 0 if none does."""
        words = self.rest()
        if count >= len(words):
            return 0
        if " " in words[count]:
            return 1
        if field == "labels":
            is_value = words[count] not in _NEVER_VALUES and (is_first or not self._is_part_of_list(count))
            return int(is_value and not take_period(words[count:], self.today)[1])
        if self._is_part_of_list(count) or (
            field == "fixVersion" and not _is_version(self.words[self.at + count])
        ):
            return 0
        if field == "sprint" and not _is_version(self.words[self.at + count]):
            return 0
        length = 1
        is_name = self.words[self.at + count][:1].isupper() and field != "fixVersion"
        while (
            is_name
            and count + length < len(words)
            and length < MAX_VALUE_WORDS
            and not self._is_part_of_list(count + length, inside=True)
        ):
            length += 1
        return length

    def _is_part_of_list(self, count: int, *, inside: bool = False) -> bool:
        """Return whether the list goes on at a word, so that no value begins there, or it ends before."""
        word = self.words[self.at + count]
        is_key = word.isupper() and len(word) > 1 and not any(letter.isdigit() for letter in word)
        is_known = is_word_of_list(self.rest()[count:], self.today) or word.casefold() in _NEVER_VALUES
        return (
            is_known
            or (inside and is_key)
            or issue_key(word) is not None
            or (is_key and not self._is_label_place(count))
        )

    def _is_label_place(self, count: int) -> bool:
        """Return whether a word in capitals may be a value: those of components and labels may be."""
        return any(
            word in vocabulary.FIELDS and vocabulary.FIELDS[word] in ("labels", "component")
            for word in self.rest()[max(0, count - 2) : count]
        )


def _is_version(word: str) -> bool:
    """Return whether a word may name a version or a sprint: it has a digit or a capital."""
    return any(letter.isdigit() for letter in word) or word[:1].isupper()

"""Parts of a list in plain words that a name follows: `by bob`, `in PROJ`, `about X`, `under PROJ-1`, `Bob's`."""

# ruff: noqa: E501 - what belongs together is one line

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.phrases.expansion import word_set
from bot.commands.phrases.issue_list import vocabulary
from bot.commands.phrases.issue_list.actions import VERBS, Action
from bot.commands.phrases.issue_list.jql_conditions import MINE, REPORTED_BY_ME, WATCHED, any_of
from bot.commands.phrases.issue_list.names import is_word_of_list, may_be_key, name_length
from bot.commands.phrases.issue_list.state import ListState
from bot.commands.phrases.phrase_table import longest
from bot.jira import jql
from bot.jira.fields.choices import PROJECT_KEY
from bot.jira.models import issue_key

MIN_NAME = 3
"""Letters of a name that is followed by an “s”."""
MAX_SMALL_KEY = 4
"""Letters of a project's key in small letters that no word for a place comes before."""
_NO_KEYS = word_set(
    "ui ux api ios app db css pdf sql seo pos crm erp sap vpn dns aws git cms gui sso tax sms faq php xml csv mac html json http https url ssl "
    "tls cpu ram usb lan wlan it qa pr vip gdpr dsgvo eu us uk asap todo wip eta kpi sla okr mvp poc faqs ok jira"
)
"""Abbreviations that are topics of issues rather than keys of projects."""
_PLACES = frozenset({"in", "from", "aus", "im"})
_PLACES_OR_PEOPLE = frozenset({"for", "of", "on", "für", "von", "vom", "from", "bei"})
_PROJECT_WORDS = frozenset({"project", "projekt", "projects", "board"})
_BEFORE_PROJECT = word_set("the our dem project projekt board projects projekten den unserem")
_BY = frozenset({"by", "von", "durch"})
_SELF = frozenset({"me", "mir", "mich", "myself"})
_AND = frozenset({"and", "or", "und", "oder", "&"})
_UNDER = word_set("under beneath below unter unterhalb epic parent epics story")
"""Words that say by themselves that the issue after them is a parent."""
_OF = word_set("in of from to von zu zum aus im for für")
_PARENT_WORDS = frozenset({"the", "dem", "der", "vom", "issue", "ticket", "vorgang", "task", *_UNDER, *_OF})
_POSSESSIVE = re.compile(r"(.{2,})'s|(.+s)'")
_NUMBER = re.compile(r"v[0-9]+(?:\.[0-9]+)*[a-z0-9.-]{0,10}|[0-9]+(?:\.(?:[0-9]+|x))+(?:[a-z0-9.-]{0,10})")
_BEFORE_NUMBER = word_set("in into for of to with from für von zu im within at mit bei aus")
_CHILDREN = word_set("children subtasks sub-tasks child stories kinder unteraufgaben untervorgänge")
_VERSION = (["version"], ["release"], ["versions"], ["releases"], ["versionen"])
_COMPONENT = frozenset({"component", "komponente"})


class SlotReader(ListState):
    """Takes words that a name follows, and possessives."""

    __slots__ = ()

    def take_text(self) -> bool:
        """Take `about X`, `where somebody mentions "X" …`: up to the end, to a project's key or the closing quote."""
        count = longest(self.rest(), vocabulary.ABOUT)
        start = self.at + count
        if not count or start >= len(self.words):
            return False
        end = start + 1 if " " in self.words[start] else self._text_end(start)
        try:
            condition = jql.text_condition(" ".join(self.words[start:end]))
        except ValueError:
            return False
        self.searched = condition
        return self.add(condition, end - self.at)

    def _text_end(self, start: int) -> int:
        is_placed = len(self.words) - start > 2 and self.words[-1].isupper() and self.lowered[-2] in ("in", "im")
        return len(self.words) - 2 if is_placed and PROJECT_KEY.fullmatch(self.words[-1]) else len(self.words)

    def take_person(self) -> bool:
        """Take `assigned to bob`, `reported by bob`, `von bob gemeldete`, `for bob and anna`."""
        words = self.rest()
        first, verb = words[0], VERBS.get(words[0])
        if len(words) < 2:
            return False
        if verb is Action.OWN and words[1] in ("to", "an", "von"):
            return self._take_people(2, "assignee")
        if verb is Action.RESOLVE and words[1] in _BY and self._take_people(2, "assignee"):
            self.event, self.is_act = "resolved", True
            return True
        if verb in (Action.REPORT, Action.OWN, Action.WATCH) and words[1] in _BY:
            return self._take_people(2, {Action.OWN: "assignee", Action.WATCH: "watcher"}.get(verb, "reporter"))
        if first in _BY:
            return self._take_doer()
        return first in _PLACES_OR_PEOPLE and self._take_people(1, "assignee")

    def _take_doer(self) -> bool:
        """Take `by bob`, `von bob`, `von mir gemeldete`: what he did is said before or after, or he reported it."""
        words, event = self.rest(), self.event or self.dated
        end = self.at + 2 if words[1] in _SELF else self.names_at(self.at + 1)[1]
        act = _act_of(self.lowered[end]) if words[0] == "von" and end < len(words) + self.at else None
        if event == "updated" and act is None:
            return False
        role = "assignee" if event == "resolved" or (words[0] == "von" and event != "created") else "reporter"
        role, acted = _ACTED.get(act, (role, "")) if act else (role, event if event == "resolved" else "")
        if not self._take_people(1, role):
            return False
        self.at += int(act in _ACTED)
        self.event, self.is_act = acted or self.event, self.is_act or bool(acted)
        return True

    def _take_people(self, skipped: int, role: str) -> bool:
        """Take names, “me”, or both: `of me and Tom`."""
        start = self.at + skipped
        own = {"assignee": MINE, "watcher": WATCHED}.get(role, REPORTED_BY_ME)
        if self.lowered[start : start + 1] and self.lowered[start] in _SELF:
            self.add(own, skipped + 1)
            names, end = self.names_at(self.at + 1) if self._is_and(self.at) else ([], 0)
            return not names or self.add_people(role, names, end - self.at)
        names, end = self.names_at(start)
        if not names:
            return False
        self.add_people(role, names, end - self.at)
        if (
            self._is_and(self.at)
            and self.lowered[self.at + 1 : self.at + 2]
            and self.lowered[self.at + 1] in _SELF
        ):
            self.add(own, 2)
        if role == "reporter":
            self.event = ""
        return True

    def _is_and(self, at: int) -> bool:
        return at < len(self.words) and self.lowered[at] in _AND

    def names_at(self, start: int) -> tuple[list[str], int]:
        """Return the names from a word on, with commas, “and” or “or” between them, and where they end."""
        names: list[str] = []
        end = start
        while count := name_length(self.lowered[end:], self.words[end:], self.today):
            count = next((n for n in range(1, count) if end + n - 1 in self.breaks), count)
            names.append(" ".join(self.words[end : end + count]))
            start = end = end + count
            if self.lowered[start : start + 1] and self.lowered[start] in _AND:
                end = start + 1
            elif start - 1 not in self.breaks:
                break
        return names, start

    def take_parent(self) -> bool:
        """Take `of PROJ-1`, `in epic PROJ-1`, `epic PROJ-1`, `PROJ-1 children`."""
        words, count = self.rest(), 0
        key = issue_key(words[0].removesuffix("'s"))
        if key is not None:
            is_parent = words[1:2] and words[1] in _CHILDREN
            return bool(is_parent) and self.add(f"parent = {jql.quote(key)}", 1)
        while count < min(4, len(words)) and words[count] in _PARENT_WORDS:
            count += 1
        belongs = self.at > 0 and self.lowered[self.at - 1].startswith(("belong", "gehör", "part"))
        is_parent = belongs or self.has_noun or bool(_UNDER & {*words[:count]})
        key = issue_key(words[count]) if 0 < count < len(words) and is_parent else None
        return key is not None and self.add(f"parent = {jql.quote(key)}", count + 1)

    def take_version(self) -> bool:
        """Take `in 2.4.0`, `found in 2.3`, `into 2.4 or 2.5`: versions of a fix, or those that a bug is in."""
        words = self.rest()
        affected = longest(words, vocabulary.VERSIONS)
        count = affected or longest(words, vocabulary.BEFORE_VERSION) or int(words[0] in _BEFORE_NUMBER)
        count += words[count : count + 1] in (["the"], ["dem"], ["der"], ["das"])
        is_named = words[count : count + 1] in _VERSION
        count += is_named
        if not count or not words[count : count + 1] or not _NUMBER.fullmatch(words[count]):
            return False
        values, end = [jql.quote(words[count])], count + 1
        while end + 1 < len(words) and words[end] in _AND and _NUMBER.fullmatch(words[end + 1]):
            values.append(jql.quote(words[end + 1]))
            end += 2
        end += not is_named and words[end : end + 1] in _VERSION
        found = longest(words[end:], vocabulary.FOUND)
        column = "affectedVersion" if affected or found else "fixVersion"
        named = f"= {values[0]}" if len(values) == 1 else f"in ({', '.join(values)})"
        return self.add(f"{column} {named}", end + found)

    def take_component(self) -> bool:
        """Take `in the Payments component`: the value before the field."""
        words = self.rest()
        lead = int(words[0] in _BEFORE_NUMBER)
        count = lead + (words[lead : lead + 1] in (["the"], ["our"], ["der"]))
        end = next((n for n in range(count + 1, min(count + 4, len(words))) if words[n] in _COMPONENT), 0)
        value = self.words[self.at + count : self.at + end]
        is_plain = count > lead and len(value) == 1 and not is_word_of_list(words[count:], self.today)
        if not end or not (is_plain or all(word[:1].isupper() for word in value)):
            return False
        return self.add(f"component = {jql.quote(' '.join(value))}", end + 1)

    def take_project(self) -> bool:
        """Take `in PROJ`, `in the PROJ project`, `project PROJ or WEB`, and `for PROJ` in capitals."""
        words, count = self.rest(), 1
        while count < len(words) and words[count] in _BEFORE_PROJECT:
            count += 1
        anywhere = words[0] in _PLACES or words[0] in _PROJECT_WORDS or words[0] in _BEFORE_PROJECT
        at = self.at + count
        if at >= len(words) + self.at or not (anywhere or words[0] in _PLACES_OR_PEOPLE):
            return False
        is_place = words[0] in _PLACES or bool({*words[:count]} & _PROJECT_WORDS)
        if not self._is_project(at, small=is_place):
            return False
        return self._add_projects(at, small=is_place)

    def take_bare_project(self) -> bool:
        """Take a key in capitals wherever it stands, and a short one in small letters after a word for issues."""
        word = self.lowered[self.at]
        is_after = self.at == self.noun_end or (self.at > 0 and self.lowered[self.at - 1] == "team")
        small = is_after and self.at + 1 == len(self.words) and len(word) <= MAX_SMALL_KEY and word.isalpha()
        return word not in _NO_KEYS and self._is_project(self.at, small=small) and self._add_projects(self.at)

    def _is_project(self, at: int, *, small: bool = False) -> bool:
        word = self.words[at]
        if not PROJECT_KEY.fullmatch(word.upper()):
            return False
        return word.isupper() or (small and may_be_key(self.lowered[at:], self.today) and word[1:].islower())

    def _add_projects(self, at: int, *, small: bool = False) -> bool:
        condition = f"project = {jql.quote(self.words[at].upper())}"
        at += 1
        while at + 1 < len(self.words) and self.lowered[at] in _AND and self._is_project(at + 1, small=small):
            condition = any_of(condition, f"project = {jql.quote(self.words[at + 1].upper())}")
            at += 2
        if at < len(self.words) and self.lowered[at] in _PROJECT_WORDS:
            at += 1
        had_quality = self.has_quality
        self.add(condition, at - self.at)
        self.has_quality = had_quality
        return True

    def take_possessive(self) -> bool:
        """Take `Bob's`, `Bob and Anna Baker's`, and the German `Bobs` where a word for issues follows."""
        names: list[str] = []
        waiting: list[str] = []
        at = end = self.at
        while at < len(self.words):
            found = self._possessive_at(at)
            if found:
                names, waiting, end = [*names, *waiting, found[0]], [], found[1]
                at = end
            else:
                count = name_length(self.lowered[at:], self.words[at:], self.today)
                waiting.append(" ".join(self.words[at : at + count]))
                at += count
            if at + 1 >= len(self.words) or self.lowered[at] not in _AND or not all(waiting):
                break
            at += 1
        if names:
            self.add_people("assignee", names, end - self.at)
        return bool(names)

    def _possessive_at(self, at: int) -> tuple[str, int] | None:
        for count in range(1, min(4, len(self.words) - at + 1)):
            last = self.lowered[at + count - 1]
            match = _POSSESSIVE.fullmatch(last)
            is_german = last.endswith("s") and len(last) > MIN_NAME and self._is_about_issues(at + count)
            if not match and not is_german:
                continue
            stem = (match[1] or match[2]) if match else last[:-1]
            written = [*self.words[at : at + count - 1], self.words[at + count - 1][: len(stem)]]
            lowered = [word.lower() for word in written]
            is_name = not is_word_of_list(self.lowered[at + count - 1 : at + count], self.today) or match
            if is_name and name_length(lowered, written, self.today) == count:
                return " ".join(written), at + count
        return None

    def _is_about_issues(self, at: int) -> bool:
        """Return whether the next words are one for issues, with adjectives before it."""
        words: Sequence[str] = self.lowered[at:]
        for _ in range(3):
            if longest(words, vocabulary.TYPES, vocabulary.NOUNS):
                return True
            count = longest(
                words, vocabulary.STATUSES, vocabulary.CONDITIONS, vocabulary.EVENTS, vocabulary.ORDERS
            )
            if not count:
                return False
            words = words[count:]
        return False


_ACTED = {
    Action.REPORT: ("reporter", "created"),
    Action.RESOLVE: ("assignee", "resolved"),
    Action.OWN: ("assignee", ""),
    Action.WATCH: ("watcher", ""),
}
"""What was done by somebody, the field that names them and the date that it is about."""


def _act_of(word: str) -> Action | None:
    """Return the act that a German participle says, with or without the ending of an adjective."""
    stems = (
        word,
        *(word.removesuffix(ending) for ending in ("e", "en", "er", "es", "em") if word.endswith(ending)),
    )
    return next((VERBS[stem] for stem in stems if stem in VERBS), None)

"""Clauses in lists in plain words: `that nobody has picked up`, `did I report`, `die Tom beobachtet`."""

# ruff: noqa: E501 - what belongs together is one line

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.commands.phrases.expansion import expand, word_set
from bot.commands.phrases.issue_list.actions import (
    AFTER,
    ASKING,
    AUXILIARIES,
    BASES,
    FINITE,
    HAVING,
    VERBS,
    Action,
)
from bot.commands.phrases.issue_list.fields import FieldReader
from bot.commands.phrases.issue_list.jql_conditions import (
    IN_PROGRESS,
    MINE,
    OPEN,
    REPORTED_BY_ME,
    UNASSIGNED,
    VIEWED,
    WATCHED,
)
from bot.commands.phrases.periods import Reading, take_period

_I = frozenset({"i", "ich", "i've", "i'm", "i'd", "im", "ive"})
_WE = word_set("we wir we've we're team they people everyone man anyone anybody someone somebody jemand irgendwer")
_THE = frozenset({"the", "our", "my", "das", "unser", "mein"})
_TEAM = frozenset({"team", "squad", "group", "guys", "devs", "developers"})
_NOBODY = frozenset({"nobody", "noone", "no-one", "niemand", "keiner", "nobody's"})
_NOT = frozenset({"yet", "noch", "so", "ever", "auch", "bisher"})
_MODALS = word_set(
    "muss müssen soll sollen sollte sollten must should need needs have has kann können will wollen"
)
_BEING = frozenset({"is", "are", "am", "i'm", "we're", "ist", "sind", "bin"})
MAX_BETWEEN = 4
"""Words between somebody and what they do."""
_OF_ME: Mapping[Action, str] = {
    Action.REPORT: REPORTED_BY_ME, Action.RESOLVE: MINE, Action.OWN: MINE, Action.WORK: MINE, Action.WATCH: WATCHED, Action.VIEW: VIEWED, Action.NEED: MINE,
    Action.VOTE: "voter = currentUser()",
}  # fmt: skip
_OF_OTHERS: Mapping[Action, str] = {
    Action.REPORT: "reporter", Action.RESOLVE: "assignee", Action.OWN: "assignee", Action.WORK: "assignee", Action.WATCH: "watcher", Action.NEED: "assignee",
    Action.VOTE: "voter",
}  # fmt: skip
_DATES: Mapping[Action, str] = {Action.REPORT: "created", Action.RESOLVE: "resolved", Action.NEED: "due"}
_WORK_NOW = frozenset(
    expand(
        "(working|work|works) on, working [at], doing, up to, busy with, arbeitet, arbeiten, arbeite, macht, sitzt, dran",
        {},
    )
)
"""Verbs of work that is in progress: “bearbeitet” may be said of all that somebody has."""
_MODAL_BEGINNINGS = ("need", "ha", "must", "s", "got")
"""What verbs of having to do something begin with, if no other word says so."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Who does something: `i`, `we`, `nobody` or `other`, and where the words for them begin and end."""

    kind: str
    begin: int
    end: int
    names: tuple[str, ...] = ()
    with_me: bool = False
    """Whether it is whoever asks, too: “Anna and I”."""


@dataclass(slots=True)
class _Predicate:
    """What they do, where the words for it end, and a period among these."""

    action: Action
    verb: str
    end: int
    period: Reading | None = None
    before: set[str] = field(default_factory=set)
    """The words before the verb that are no part of it."""

    def fits(self, kind: str) -> bool:
        """Return whether the form of the verb goes with who does it and with the auxiliaries before it."""
        if (
            self.action is Action.NEED
            and not self.verb.startswith(_MODAL_BEGINNINGS)
            and not self.before & _MODALS
        ):
            return False
        if self.verb in ("done", "finished", "fertig") and self.before & _BEING:
            return False
        return kind != "other" or self.verb not in BASES or bool(self.before & ASKING)


class ClauseReader(FieldReader):
    """Takes clauses that say who does what."""

    __slots__ = ()

    def take_clause(self) -> bool:
        """Take somebody and what they do: before them may stand an auxiliary, or a German verb."""
        words, start = self.rest(), self.at
        for lead in (0, 1, 2):
            if lead >= len(words) or (
                lead and words[lead - 1] not in AUXILIARIES and words[lead - 1] not in FINITE
            ):
                return False
            who = self._subject(lead)
            predicate = self._read_predicate(who) if who else None
            if who and predicate and self._add_clause(who, predicate):
                self.is_statement = self.is_statement or (start == lead == 0 and who.kind != "nobody")
                return True
        return False

    def _subject(self, at: int) -> _Subject | None:
        """Return who is named at a word."""
        words = self.rest()[at : at + 2]
        # “im” is “in the” in German.
        before = self.rest()[at - 1] if at else ""
        for kind, known in (("i", _I - {"im"} if before in FINITE else _I), ("we", _WE), ("nobody", _NOBODY)):
            if words[0] in known:
                return _Subject(kind, at, at + 1)
        if len(words) > 1 and words[0] in _THE and words[1] in _TEAM:
            return _Subject("we", at, at + 2)
        if words == ["no", "one"]:
            return _Subject("nobody", at, at + 2)
        names, end = self.names_at(self.at + at)
        with_me = self._is_and(end) and self.lowered[end + 1 : end + 2] in (["i"], ["ich"])
        return _Subject("other", at, end - self.at + 2 * with_me, tuple(names), with_me) if names else None

    def _read_predicate(self, who: _Subject) -> _Predicate | None:
        """Return what somebody does: the verb after them and a few other words, or the one before them."""
        words, at = self.rest(), who.end
        period: Reading | None = None
        before = {*words[: who.begin]}
        preceding = {*self.lowered[max(0, self.at - 1) : self.at]}
        for _ in range(MAX_BETWEEN):
            count = VERBS.longest(words[at:])
            if count and not (count == 1 and words[at] in HAVING):
                verb = " ".join(words[at : at + count])
                predicate = _Predicate(VERBS[verb], verb, self._end(at + count), period, before | preceding)
                if predicate.fits(who.kind):
                    return predicate
                break
            found, length = take_period(words[at:], self.today) if period is None else (None, 0)
            if found is not None and VERBS.longest(words[at + length :]):
                period, at = found, at + length
            elif at < len(words) and (words[at] in AUXILIARIES or words[at] in _NOT):
                before.add(words[at])
                at += 1
            else:
                break
        return self._read_auxiliary(who, at, before)

    def _read_auxiliary(self, who: _Subject, at: int, before: set[str]) -> _Predicate | None:
        """Return what a German verb before somebody says, or that they have something."""
        lead = self.rest()[who.begin - 1] if who.begin else ""
        if lead in FINITE and lead not in HAVING:
            return _Predicate(FINITE[lead], lead, who.end)
        return _Predicate(Action.OWN, "have", self._end(at)) if before & HAVING and who.kind != "we" else None

    def _end(self, at: int) -> int:
        words = self.rest()
        while at < len(words) and words[at] in AFTER:
            at += 1
        return at

    def _add_clause(self, who: _Subject, predicate: _Predicate) -> bool:
        if not self._add_doer(who, predicate):
            return False
        is_now = predicate.action is Action.WORK and predicate.verb in _WORK_NOW and "did" not in predicate.before
        if is_now and who.kind != "nobody" and (who.kind != "i" or not self.has_noun):
            self.statuses.append(IN_PROGRESS)
        if predicate.action in _DATES and who.kind != "nobody":
            self.event = _DATES[predicate.action]
            self.is_act = True
        if predicate.period is not None:
            self.use_period(predicate.period)
        return True

    def _add_doer(self, who: _Subject, predicate: _Predicate) -> bool:
        if who.kind == "nobody":
            return self._add_nobody(predicate)
        if who.kind == "other":
            if who.with_me and _OF_OTHERS.get(predicate.action) == "assignee":
                self.conditions.append(MINE)
            elif who.with_me:
                return False
            return predicate.action in _OF_OTHERS and self.add_people(
                _OF_OTHERS[predicate.action], who.names, predicate.end
            )
        if who.kind == "i":
            return predicate.action in _OF_ME and self.add(_OF_ME[predicate.action], predicate.end)
        if predicate.action not in _DATES and predicate.action is not Action.WORK:
            return False
        self.at += predicate.end
        self.has_quality = True
        return True

    def _add_nobody(self, predicate: _Predicate) -> bool:
        if predicate.action is Action.RESOLVE:
            self.statuses.append(OPEN)
            self.at += predicate.end
            self.has_quality = True
            return True
        if predicate.action is Action.ESTIMATE:
            return self.add('"Story Points" IS EMPTY', predicate.end)
        return predicate.action in (Action.OWN, Action.WORK, Action.NEED) and self.add(UNASSIGNED, predicate.end)

    def use_period(self, period: Reading) -> None:
        """Use a period that was read within a clause."""
        raise NotImplementedError

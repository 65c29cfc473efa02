"""Clauses in lists in plain words: `that nobody has picked up`, `did I report`, `die Tom beobachtet`."""

# ruff: noqa: E501 - what belongs together is one line

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.commands.phrases.conditions import IN_PROGRESS, MINE, OPEN, REPORTED_BY_ME, UNASSIGNED, VIEWED, WATCHED
from bot.commands.phrases.expansion import expand, word_set
from bot.commands.phrases.listing_acts import AFTER, ASKING, AUXILIARIES, BASES, FINITE, HAVING, VERBS, Act
from bot.commands.phrases.listing_fields import FieldReader
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
_OF_ME: Mapping[Act, str] = {
    Act.REPORT: REPORTED_BY_ME, Act.RESOLVE: MINE, Act.OWN: MINE, Act.WORK: MINE, Act.WATCH: WATCHED, Act.VIEW: VIEWED, Act.NEED: MINE,
    Act.VOTE: "voter = currentUser()",
}  # fmt: skip
_OF_OTHERS: Mapping[Act, str] = {
    Act.REPORT: "reporter", Act.RESOLVE: "assignee", Act.OWN: "assignee", Act.WORK: "assignee", Act.WATCH: "watcher", Act.NEED: "assignee",
    Act.VOTE: "voter",
}  # fmt: skip
_DATES: Mapping[Act, str] = {Act.REPORT: "created", Act.RESOLVE: "resolved", Act.NEED: "due"}
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
class _Deed:
    """What they do, where the words for it end, and a period among these."""

    act: Act
    verb: str
    end: int
    period: Reading | None = None
    before: set[str] = field(default_factory=set)
    """The words before the verb that are no part of it."""

    def fits(self, kind: str) -> bool:
        """Return whether the form of the verb goes with who does it and with the auxiliaries before it."""
        if self.act is Act.NEED and not self.verb.startswith(_MODAL_BEGINNINGS) and not self.before & _MODALS:
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
            deed = self._deed(who) if who else None
            if who and deed and self._apply(who, deed):
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

    def _deed(self, who: _Subject) -> _Deed | None:
        """Return what somebody does: the verb after them and a few other words, or the one before them."""
        words, at = self.rest(), who.end
        period: Reading | None = None
        before = {*words[: who.begin]}
        preceding = {*self.lowered[max(0, self.at - 1) : self.at]}
        for _ in range(MAX_BETWEEN):
            count = VERBS.longest(words[at:])
            if count and not (count == 1 and words[at] in HAVING):
                verb = " ".join(words[at : at + count])
                deed = _Deed(VERBS[verb], verb, self._end(at + count), period, before | preceding)
                if deed.fits(who.kind):
                    return deed
                break
            found, length = take_period(words[at:], self.today) if period is None else (None, 0)
            if found is not None and VERBS.longest(words[at + length :]):
                period, at = found, at + length
            elif at < len(words) and (words[at] in AUXILIARIES or words[at] in _NOT):
                before.add(words[at])
                at += 1
            else:
                break
        return self._deed_of_auxiliary(who, at, before)

    def _deed_of_auxiliary(self, who: _Subject, at: int, before: set[str]) -> _Deed | None:
        """Return what a German verb before somebody says, or that they have something."""
        lead = self.rest()[who.begin - 1] if who.begin else ""
        if lead in FINITE and lead not in HAVING:
            return _Deed(FINITE[lead], lead, who.end)
        return _Deed(Act.OWN, "have", self._end(at)) if before & HAVING and who.kind != "we" else None

    def _end(self, at: int) -> int:
        words = self.rest()
        while at < len(words) and words[at] in AFTER:
            at += 1
        return at

    def _apply(self, who: _Subject, deed: _Deed) -> bool:
        if not self._add_doer(who, deed):
            return False
        is_now = deed.act is Act.WORK and deed.verb in _WORK_NOW and "did" not in deed.before
        if is_now and who.kind != "nobody" and (who.kind != "i" or not self.has_noun):
            self.statuses.append(IN_PROGRESS)
        if deed.act in _DATES and who.kind != "nobody":
            self.event = _DATES[deed.act]
            self.is_act = True
        if deed.period is not None:
            self.use_period(deed.period)
        return True

    def _add_doer(self, who: _Subject, deed: _Deed) -> bool:
        if who.kind == "nobody":
            return self._add_nobody(deed)
        if who.kind == "other":
            if who.with_me and _OF_OTHERS.get(deed.act) == "assignee":
                self.conditions.append(MINE)
            elif who.with_me:
                return False
            return deed.act in _OF_OTHERS and self.add_people(_OF_OTHERS[deed.act], who.names, deed.end)
        if who.kind == "i":
            return deed.act in _OF_ME and self.add(_OF_ME[deed.act], deed.end)
        if deed.act not in _DATES and deed.act is not Act.WORK:
            return False
        self.at += deed.end
        self.has_quality = True
        return True

    def _add_nobody(self, deed: _Deed) -> bool:
        if deed.act is Act.RESOLVE:
            self.statuses.append(OPEN)
            self.at += deed.end
            self.has_quality = True
            return True
        if deed.act is Act.ESTIMATE:
            return self.add('"Story Points" IS EMPTY', deed.end)
        return deed.act in (Act.OWN, Act.WORK, Act.NEED) and self.add(UNASSIGNED, deed.end)

    def use_period(self, period: Reading) -> None:
        """Use a period that was read within a clause."""
        raise NotImplementedError

"""What a list in plain words consists of, as far as it has been read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class PersonCondition:
    """A condition that holds for any of some people, whom Jira knows by other names than those typed."""

    field: str
    names: tuple[str, ...]
    is_negated: bool = False
    with_me: bool = False
    """Whether it also holds for whoever asks: “my and Tom's tickets”."""

    def condition(self, values: Sequence[str]) -> str:
        """Return the condition with what Jira calls these people."""
        values = [*values, "currentUser()"] if self.with_me else values
        operators = ("!=", "not in") if self.is_negated else ("=", "in")
        plain = f"{self.field} {operators[0]} {values[0]}"
        said = plain if len(values) == 1 else f"{self.field} {operators[1]} ({', '.join(values)})"
        return f"({self.field} IS EMPTY OR {said})" if self.is_negated and self.field == "assignee" else said


@dataclass(slots=True)
class ListState:
    """The words of a list, of which those from `at` on remain, and the conditions that were found."""

    words: Sequence[str]
    today: date
    conditions: list[str]
    lowered: Sequence[str] = ()
    """The words as they are compared."""
    breaks: frozenset[int] = frozenset()
    """The places of the words that a comma follows."""
    people: list[PersonCondition] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    at: int = 0
    event: str = ""
    """The date that the next period is about, or the last word that may say so."""
    dated: str = ""
    """The date that the last period was about."""
    is_act: bool = False
    """Whether the event is what somebody did, who did it at any time if no period follows."""
    is_statement: bool = False
    """Whether they begin with who did what: with no word for issues, that is no list (“I fixed that”)."""
    searched: str = ""
    """The condition that issues contain some words."""
    has_noun: bool = False
    noun_end: int = -1
    """Where the last word for issues ended."""
    has_quality: bool = False
    """Whether something was named that only issues have."""

    def __post_init__(self) -> None:
        self.lowered = [word.lower() for word in self.words]

    def rest(self) -> Sequence[str]:
        """Return the words that remain, as they are compared."""
        return self.lowered[self.at :]

    def add(self, condition: str, count: int) -> bool:
        """Add a condition that `count` words stood for."""
        self.conditions.append(condition)
        self.at += count
        self.has_quality = True
        return True

    def add_people(self, role: str, names: Sequence[str], count: int) -> bool:
        """Add a condition on people that `count` words stood for."""
        self.people.append(PersonCondition(role, tuple(name.removeprefix("@") for name in names)))
        self.at += count
        return True

"""move: by transition or status name, forgiving."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.commands import forms
from bot.commands.done import done
from bot.commands.errors import ChooseError, CommandError
from bot.commands.grammar import Command
from bot.commands.model import Reply
from bot.commands.turn import IssueAt, Turn
from bot.commands.typed import unquoted
from bot.jira.models import Transition
from bot.language import mark, tr


async def move(turn: Turn, arguments: str) -> Reply:
    """Do the transition whose name or target status fits the words."""
    at, words = await turn.issue_in(arguments)
    wanted = unquoted(words.removeprefix("to ").removeprefix("To "))
    transitions = await at.jira.transitions(at.key)
    fitting = fit(wanted, transitions)
    if len(fitting) != 1:
        raise _choose(at.key, wanted, fitting or transitions)
    return await do(turn, at, fitting[0])


async def press(turn: Turn, at: IssueAt, transition_id: str) -> Reply:
    """A button of the card: the transition may have vanished since it was drawn."""
    transitions = await at.jira.transitions(at.key)
    transition = next((t for t in transitions if t.id == transition_id), None)
    if transition is None:
        raise CommandError(tr(forms.GONE))
    return await do(turn, at, transition)


async def do(turn: Turn, at: IssueAt, transition: Transition) -> Reply:
    """The transition itself, or the form of its screen if that has to be filled in."""
    if transition.must_ask:
        return await forms.move(turn, at, transition)
    await at.jira.move(at.key, transition)
    return await done(turn, at, tr("Moved to {status}.", status=transition.to.name))


def fit(wanted: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """The transitions that `wanted` may mean: the first of these tests that any passes decides.

    Equal to a name; start of one; every word starts a word of one. A guess at a typo is never made: a button asks.
    """
    words = wanted.casefold().split()
    if not words:
        return ()
    text = " ".join(words)
    named = [(t, name) for t in transitions for name in {t.name.casefold(), t.to.name.casefold()}]
    tests = (
        lambda name: name == text,
        lambda name: name.startswith(text),
        lambda name: all(any(part.startswith(w) for part in name.split()) for w in words),
    )
    for test in tests:
        found = tuple(dict.fromkeys(t for t, name in named if test(name)))
        if found:
            return found
    return ()


def nearest_first(wanted: str, transitions: Sequence[Transition]) -> list[Transition]:
    """All of `transitions`, those first whose name or target status looks most like what was typed."""

    typed = wanted.casefold()[:80]

    def likeness(transition: Transition) -> float:
        names = (transition.name.casefold()[:80], transition.to.name.casefold()[:80])
        return max(difflib.SequenceMatcher(a=name, b=typed).ratio() for name in names)

    return sorted(transitions, key=likeness, reverse=True) if wanted else list(transitions)


def _choose(key: str, wanted: str, transitions: Sequence[Transition]) -> CommandError:
    if not transitions:
        return CommandError(tr("No step of the workflow is open to you on {key}.", key=key))
    if wanted:
        question = tr("“{wanted}” is not one step from here. Choose one:", wanted=wanted)
    else:
        question = tr("Say where to move it from here. Choose one:")
    return ChooseError(
        question,
        [
            (t.name if t.name == t.to.name else f"{t.name} → {t.to.name}", f"move {key} to {t.name}")
            for t in nearest_first(wanted, transitions)
        ],
    )


MOVE = Command(
    "move",
    "move PROJ-12 [to] <status>",
    mark("Move an issue through its workflow."),
    move,
    ("move PROJ-12 to In Progress", "PROJ-12 done"),
    ("transition",),
    takes_issue=True,
)
COMMANDS = (MOVE,)

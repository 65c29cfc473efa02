"""move: by transition or status name, forgiving."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.commands import forms
from bot.commands.errors import ChooseError, CommandError
from bot.commands.grammar import Command
from bot.commands.model import Reply
from bot.commands.turn import IssueAt, Turn
from bot.jira.models import Transition


async def move(turn: Turn, arguments: str) -> Reply:
    """Do the transition whose name or target status fits the words."""
    at, words = await turn.issue_in(arguments)
    wanted = words.removeprefix("to ").removeprefix("To ").strip().strip('"')
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
        raise CommandError("This step is no longer open to you; the card now shows those that are.")
    return await do(turn, at, transition)


async def do(turn: Turn, at: IssueAt, transition: Transition) -> Reply:
    """The transition itself, or the form of its screen if that has to be filled in."""
    if transition.must_ask:
        return await forms.move(turn, at, transition)
    await at.jira.move(at.key, transition)
    return await turn.issue_reply(at, notice=f"Moved to {transition.to.name}.")


def fit(wanted: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """The transitions that `wanted` may mean: the first of these tests that any passes decides.

    Equal to a name; start of one; every word starts a word of one; most similar.
    """
    words = wanted.casefold().split()
    if not words:
        return ()
    text = " ".join(words)
    named = [(t, name) for t in transitions for name in {t.name.casefold(), t.to.name.casefold()}]
    similar = set(difflib.get_close_matches(text, [n for _, n in named], n=1, cutoff=0.7))
    tests = (
        lambda name: name == text,
        lambda name: name.startswith(text),
        lambda name: all(any(part.startswith(w) for part in name.split()) for w in words),
        lambda name: name in similar,
    )
    for test in tests:
        found = tuple(dict.fromkeys(t for t, name in named if test(name)))
        if found:
            return found
    return ()


def _choose(key: str, wanted: str, transitions: Sequence[Transition]) -> CommandError:
    if not transitions:
        return CommandError(f"No step of the workflow is open to you on {key}.")
    what = f"“{wanted}” is not one step" if wanted else "Say where to move it"
    return ChooseError(
        f"{what} from here. Choose one:",
        [
            (t.name if t.name == t.to.name else f"{t.name} → {t.to.name}", f"move {key} to {t.name}")
            for t in transitions
        ],
    )


MOVE = Command(
    "move",
    "move PROJ-12 [to] <status>",
    "Move an issue through its workflow.",
    move,
    ("move PROJ-12 to In Progress", "PROJ-12 done"),
    ("transition",),
    takes_issue=True,
)
COMMANDS = (MOVE,)

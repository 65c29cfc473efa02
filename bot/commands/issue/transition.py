"""move: by transition or status name, forgiving."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms import builder
from bot.commands.forms.fields import askable, missing
from bot.commands.forms.parsing.matching import plain
from bot.commands.forms.state import Purpose
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.commands.text_input import unended, unquoted, without_to
from bot.jira.models import Transition
from bot.language import mark, tr

SHORTEST = 3
"""Letters by which a name may be guessed: the “do” of “to do”, where no step leads there, is not “Done”."""


async def move(ctx: Context, arguments: str) -> Reply:
    """Do the transition whose name or target status fits the words."""
    issue, words = await ctx.issues.parse(arguments)
    return await to_words(ctx, issue, words)


async def to_words(ctx: Context, issue: IssueRef, words: str) -> Reply:
    """Do the one step that the words mean, or ask which."""
    transitions = await issue.jira.transitions(issue.key)
    fitting = meant(words, transitions)
    if len(fitting) != 1:
        raise _choose(issue.key, words, transitions)
    return await do(ctx, issue, fitting[0])


async def press(ctx: Context, issue: IssueRef, transition_id: str) -> Reply:
    """A button of the card: the transition may have vanished since it was drawn."""
    transitions = await issue.jira.transitions(issue.key)
    transition = next((t for t in transitions if t.id == transition_id), None)
    if transition is None:
        raise CommandError(tr(builder.GONE))
    return await do(ctx, issue, transition)


async def do(ctx: Context, issue: IssueRef, transition: Transition) -> Reply:
    """The transition itself, or the form of its screen if that has to be filled in."""
    if asks(transition):
        return await builder.move(ctx, issue, transition)
    await issue.jira.move(issue.key, transition)
    return await ctx.cards.after_write(issue, tr("Moved to {status}.", status=transition.to.name))


def asks(transition: Transition) -> bool:
    """Whether its screen has anything that a person must fill in: a type that stands there required is no such
    thing, and a form of it would be empty."""
    return bool(missing(askable(transition.fields, Purpose.MOVE)))


def meant(words: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """The transitions that `words` may mean, with or without a leading “to”: “to do” may be all of a name. So may
    be “done!”, but more often that ends a sentence."""
    wanted = unquoted(without_to(words))
    return (
        named(unquoted(words), transitions)
        or fit(wanted, transitions)
        or fit(unquoted(unended(wanted)), transitions)
    )


def fit(wanted: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """The transitions that `wanted` may mean: the first of these tests that any passes decides.

    Equal to a name; start of one; every word starts a word of one. A guess at a typo is never made: a button asks.
    """
    text = plain(wanted)
    if len(text) < SHORTEST:
        return named(wanted, transitions)
    return (
        named(wanted, transitions)
        or _with(lambda name: name.startswith(text), transitions)
        or _with(lambda n: all(any(part.startswith(w) for part in n.split()) for w in text.split()), transitions)
    )


def named(wanted: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """The transitions that are called so, or lead to a status that is, or both as `_in_full` writes it."""
    text = plain(wanted)
    if not text:
        return ()
    return _with(lambda name: name == text, transitions) or tuple(
        t for t in transitions if plain(_in_full(t)) == text
    )


def _with(test: Callable[[str], bool], transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    return tuple(t for t in transitions if test(plain(t.name)) or test(plain(t.to.name)))


def nearest_first(wanted: str, transitions: Sequence[Transition]) -> list[Transition]:
    """All of `transitions`, those first whose name or target status looks most like what was typed."""

    typed = wanted.casefold()[:80]

    def likeness(transition: Transition) -> float:
        names = (transition.name.casefold()[:80], transition.to.name.casefold()[:80])
        return max(difflib.SequenceMatcher(a=name, b=typed).ratio() for name in names)

    return sorted(transitions, key=likeness, reverse=True) if wanted else list(transitions)


def choices(key: str, words: str, transitions: Sequence[Transition]) -> list[tuple[str, str]]:
    """Titles and texts of buttons for the steps that fit, or else for all of them."""
    offered = nearest_first(unquoted(without_to(words)), meant(words, transitions) or transitions)
    return [
        (t.name if t.name == t.to.name else _in_full(t), f"move {key} to {_unmistakable(t, transitions)}")
        for t in offered
    ]


def _choose(key: str, words: str, transitions: Sequence[Transition]) -> CommandError:
    if not transitions:
        return CommandError(tr("No step of the workflow is open to you on {key}.", key=key))
    wanted = unquoted(without_to(words))
    if wanted:
        question = tr("“{wanted}” is not one step from here. Choose one:", wanted=wanted)
    else:
        question = tr("Say where to move it from here. Choose one:")
    return ChooseError(question, choices(key, words, transitions))


def _in_full(transition: Transition) -> str:
    return f"{transition.name} → {transition.to.name}"


def _unmistakable(transition: Transition, among: Sequence[Transition]) -> str:
    """Words that mean this step alone: several may have one name, or lead to a status that one is called after."""
    return transition.name if named(transition.name, among) == (transition,) else _in_full(transition)


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

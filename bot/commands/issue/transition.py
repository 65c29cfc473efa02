"""move: a step of the workflow by the name of the transition or of its target status."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from bot.commands.button import issue_button
from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms.fields import fields_to_ask, missing_fields
from bot.commands.forms.form import GONE, offer_move_form
from bot.commands.forms.parsing.matching import normalise_name
from bot.commands.forms.state import Purpose
from bot.commands.issue_lookup import IssueHandle
from bot.commands.namesakes import Named, titles
from bot.commands.request import Reply
from bot.commands.text_input import strip_punctuation, strip_quotes, strip_to
from bot.jira.models import Status, StatusCategory, Transition
from bot.language import mark, tr

MIN_PREFIX_LENGTH = 3
"""Letters by which a name is recognised: the “do” of “to do”, where no step leads there, is not “Done”."""
_CATEGORIES: Mapping[StatusCategory, frozenset[str]] = {
    StatusCategory.DONE: frozenset(
        {"done", "close", "closed", "resolve", "resolved", "finish", "finished", "complete", "completed", "fixed"}
        | {"erledigt", "fertig", "geschlossen", "abgeschlossen", "gelöst", "behoben"}
    ),
    StatusCategory.IN_PROGRESS: frozenset(
        {
            "in progress",
            "inprogress",
            "progress",
            "start",
            "started",
            "wip",
            "doing",
            "in arbeit",
            "in bearbeitung",
        }
    ),
    StatusCategory.TODO: frozenset({"reopen", "reopened", "todo", "to do", "open", "not started", "offen"}),
}
"""What people call the steps into a status of a category, whatever the site calls them."""
MAX_COMPARED = 80
"""Characters of a name that are compared for similarity."""


@issue_command(
    "move PROJ-12 [to] <status>",
    mark("Change an issue's status."),
    examples=("move PROJ-12 to In Progress", "PROJ-12 done"),
    aliases=("transition",),
    several=True,
)
async def move(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Make the transition whose name or target status matches the text."""
    return await move_by_name(ctx, issue, text)


async def move_by_name(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Make the only transition that the text may mean, or ask which."""
    transitions = await issue.jira.transitions(issue.key)
    matches = match_transitions(text, transitions)
    is_exact = len(matches) == 1 and any(_match_exactly(name, matches) for name in _spellings(text))
    if not is_exact and not await ctx.cards.hides_content(issue):
        status = (await issue.jira.issue(issue.key)).status
        if is_status(text, status):
            notice = tr("{key} is already in {status}.", key=issue.key, status=status.name)
            return await ctx.cards.show(issue, notice=notice)
        if len(matches) != 1:
            raise _choose(issue.key, text, transitions)
    return await (_move(ctx, issue, matches[0]) if len(matches) == 1 else ctx.cards.show(issue))


def is_status(text: str, status: Status) -> bool:
    """Return whether a text names this status, or is what people call statuses of its kind."""
    names = {normalise_name(status.name), *_CATEGORIES.get(status.category, ())}
    return any(normalise_name(name) in names for name in _spellings(text))


def _spellings(text: str) -> tuple[str, ...]:
    """Return a name with and without a leading “to” and the punctuation of a sentence."""
    names = (text, strip_punctuation(text), strip_to(text), strip_punctuation(strip_to(text)))
    return tuple(map(strip_quotes, names))


@issue_button("issue.move")
async def press_move(ctx: Context, issue: IssueHandle) -> Reply:
    """Make the transition of the button, unless it has gone since the card was drawn."""
    transition_id = ctx.signed.get("transition", "")
    transitions = await issue.jira.transitions(issue.key)
    transition = next((each for each in transitions if each.id == transition_id), None)
    if transition is None:
        raise CommandError(tr(GONE))
    return await _move(ctx, issue, transition)


async def _move(ctx: Context, issue: IssueHandle, transition: Transition) -> Reply:
    """Make the transition, or show the form of its screen if that has to be filled in."""
    if needs_form(transition):
        return await offer_move_form(ctx, issue, transition)
    await issue.jira.move(issue.key, transition)
    return await ctx.cards.after_write(issue, tr("Moved to {status}.", status=transition.to.name))


def needs_form(transition: Transition) -> bool:
    """Return whether its screen has anything that a person must fill in.

    A required issue type is ignored: it is always set.
    """
    return bool(missing_fields(fields_to_ask(transition.fields, Purpose.MOVE)))


def match_transitions(text: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """Return the transitions that a text may mean, with or without a leading “to”.

    “to do” may be a whole name, and so may “done!”, which more often ends a sentence.
    """
    name = strip_quotes(strip_to(text))
    return (
        _plainest(_match_exactly(strip_quotes(text), transitions))
        or _match_category(strip_quotes(strip_punctuation(name)), transitions)
        or _match_beginning(name, transitions)
        or _match_beginning(strip_quotes(strip_punctuation(name)), transitions)
    )


def _match_category(name: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """Match what people call the kind of a status (“finished”, “wip”): the only step there without a form wins."""
    exact = _match_exactly(name, transitions)
    category = next((kind for kind, names in _CATEGORIES.items() if normalise_name(name) in names), None)
    if exact or category is None:
        return _plainest(exact)
    return _plainest(tuple(each for each in transitions if each.to.category is category))


def _plainest(transitions: tuple[Transition, ...]) -> tuple[Transition, ...]:
    """Return the only step that needs no form, or all of them."""
    plain = tuple(each for each in transitions if not needs_form(each))
    return plain if len(plain) == 1 else transitions


def _match_beginning(name: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """Match a name, its beginning, or the beginnings of its words: the first of these that matches decides.

    Typos are not matched; the person is asked with buttons.
    """
    text = normalise_name(name)
    exact = _match_exactly(name, transitions)
    if exact or len(text) < MIN_PREFIX_LENGTH:
        return exact
    return _select(lambda known: known.startswith(text), transitions) or _select(
        lambda known: all(any(part.startswith(word) for part in known.split()) for word in text.split()),
        transitions,
    )


def _match_exactly(name: str, transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    """Match the name of a transition or of its target status, both (`_full_name`), or its name and id."""
    text = normalise_name(name)
    if not text:
        return ()
    return _select(lambda known: known == text, transitions) or tuple(
        each for each in transitions if text in (normalise_name(_full_name(each)), normalise_name(_with_id(each)))
    )


def _select(test: Callable[[str], bool], transitions: Sequence[Transition]) -> tuple[Transition, ...]:
    return tuple(
        each for each in transitions if test(normalise_name(each.name)) or test(normalise_name(each.to.name))
    )


def _sort_by_similarity(name: str, transitions: Sequence[Transition]) -> list[Transition]:
    """Sort transitions by how much their name, or that of their target status, looks like what was typed."""
    typed = name.casefold()[:MAX_COMPARED]

    def similarity(transition: Transition) -> float:
        names = (transition.name.casefold()[:MAX_COMPARED], transition.to.name.casefold()[:MAX_COMPARED])
        return max(difflib.SequenceMatcher(a=known, b=typed).ratio() for known in names)

    return sorted(transitions, key=similarity, reverse=True) if name else list(transitions)


def transition_choices(key: str, text: str, transitions: Sequence[Transition]) -> list[tuple[str, str]]:
    """Return titles and texts of buttons for the transitions that match, or else for all of them."""
    offered = match_transitions(text, transitions) or transitions
    names = [Named(each.id, each.name if each.name == each.to.name else _full_name(each)) for each in transitions]
    shown = {each.id: title for each, title in zip(names, titles(names), strict=True)}
    return [
        (shown[each.id], f"move {key} to {_unique_name(each, transitions)}")
        for each in _sort_by_similarity(strip_quotes(strip_to(text)), offered)
    ]


def _choose(key: str, text: str, transitions: Sequence[Transition]) -> CommandError:
    if not transitions:
        return CommandError(tr("You can't change the status of {key}.", key=key))
    name = strip_quotes(strip_to(text))
    if name:
        question = tr("{key} can't move to “{wanted}” from here. Choose a status:", key=key, wanted=name)
    else:
        question = tr("Choose a status:")
    return ChooseError(question, transition_choices(key, text, transitions))


def _full_name(transition: Transition) -> str:
    return f"{transition.name} → {transition.to.name}"


def _unique_name(transition: Transition, transitions: Sequence[Transition]) -> str:
    """Return a text that means this transition alone: several may share a name, a target status, or both."""
    texts = (transition.name, _full_name(transition))
    unique = (text for text in texts if _match_exactly(text, transitions) == (transition,))
    return next(unique, _with_id(transition))


def _with_id(transition: Transition) -> str:
    return f"{transition.name} #{transition.id}"

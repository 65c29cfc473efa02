"""Cards of help, and of requests that were not understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.language import tr
from cards.base import ActionSigner, Card
from cards.elements import (
    Part,
    action_set,
    card,
    connect_button,
    container,
    heading,
    hidden,
    interpolate,
    rich,
    run,
    say,
    show_only,
    space,
)
from cards.sendable import sayable
from cards.size import fit
from cards.text import clean
from cards.welcome import Scope, introduce

MAX_BUTTONS = 6
MAX_SUGGESTIONS = 5
"""Things to try; with more the card would be a wall of buttons."""


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """The help text of a command. `usage` shows its syntax; `examples` can be sent as they are."""

    name: str
    usage: str
    effect: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """Commands of one kind, which are hidden until the button with this title is pressed."""

    title: str
    commands: Sequence[CommandHelp]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A button that sends `text`, which changes nothing in Jira."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Tier:
    commands: int
    usage: int
    effect: int


_TIERS = (_Tier(50, 160, 300), _Tier(50, 80, 80), _Tier(15, 60, 60))


def help_card(
    groups: Sequence[HelpGroup],
    suggestions: Sequence[Suggestion],
    *,
    scope: Scope,
    sign: ActionSigner,
    offer_link: bool = False,
) -> Card:
    """Build the overview: who the bot is, a few things to try, and all commands in groups that unfold.

    `offer_link`: the person has no Jira account linked.
    """
    title = tr("Jira in Teams")
    names = [f"help-{number}" for number in range(len(groups))]
    said = sayable((each.text for each in suggestions[:MAX_SUGGESTIONS]), MAX_SUGGESTIONS)
    offered = [say(each.text, title=each.title) for each in suggestions[:MAX_SUGGESTIONS] if each.text in said]
    buttons = [show_only(group.title, name, names) for group, name in zip(groups, names, strict=True)]

    def build(tier: _Tier) -> Card:
        body: list[Part] = [heading(title), rich(run(introduce(scope), limit=400), spacing="Small")]
        body.append(action_set(offered, spacing="Medium"))
        body.append(rich(*_free_text(), spacing="Medium"))
        body.append(rich(run(tr("What you can do"), bold=True), spacing="Medium"))
        body.append(action_set(buttons[:MAX_BUTTONS], spacing="Small"))
        for group, name in zip(groups, names, strict=True):
            entries = [_entry(command, tier) for command in group.commands[: tier.commands]]
            body.append(hidden(container(entries, style="emphasis", spacing="Small"), name))
        return card(body, list(_connect(scope, sign)) if offer_link else (), summary=title)

    return fit(build, _TIERS)


def command_card(command: CommandHelp) -> Card:
    """Build the help for one command, with its examples as buttons."""
    usage = command.usage or command.name
    title = run(usage, bold=True, size="Large", limit=160)
    body = [rich(title), rich(run(command.effect, limit=300), spacing="Small")]
    examples = sayable(dict.fromkeys(command.examples), MAX_BUTTONS)
    if examples:
        body.append(rich(run(tr("Examples"), subtle=True, size="Small"), spacing="Medium"))
        body.append(action_set([say(text) for text in examples], spacing="Small"))
    return card(body, [say("help", title=tr("All commands"))], summary=clean(usage, 160))


def suggestions_card(text: str, suggestions: Sequence[str]) -> Card:
    """Build the answer to a text that was not understood, with the nearest commands as buttons."""
    asked = run(f"“{clean(text, 100)}”", bold=True)
    body = [rich(*interpolate(tr("I didn't understand {words}."), words=asked))]
    offered = sayable(suggestions, MAX_BUTTONS - 1)
    if offered:
        body.append(rich(run(tr("Did you mean:")), spacing="Small"))
        body.append(action_set(list(map(say, offered)), spacing="Small"))
    return card(body, [say("help", title=tr("What can I do?"))], summary=tr("I didn't understand that."))


def _free_text() -> list[Part]:
    examples = {"status": run("PROJ-12 done", bold=True), "assignee": run("assign PROJ-12 to me", bold=True)}
    return interpolate(tr("Or write what you want, such as {status} or {assignee}."), **examples)


def _connect(scope: Scope, sign: ActionSigner) -> Iterator[Part]:
    """Build the button for a link; in a chat with others only its presser may see the address."""
    if scope == "personal":
        yield say("connect", title=tr("Connect Jira"), style="positive")
    else:
        yield connect_button(sign)


def _entry(command: CommandHelp, tier: _Tier) -> Part:
    usage = run(command.usage or command.name, bold=True, limit=tier.usage)
    return rich(usage, space("  "), run(command.effect, limit=tier.effect, subtle=True), spacing="Small")

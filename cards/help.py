"""Cards of help, and of requests that were not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language import tr
from cards.base import Card
from cards.elements import Part, action_set, card, container, heading, interpolate, rich, run, say
from cards.size import fit
from cards.text import clean

MAX_BUTTONS = 6
MAX_BUTTONS_OF_OVERVIEW = 4
"""So many short titles fit side by side on a phone."""

_HARMLESS = frozenset({"mine", "recent", "create", "filter"})
"""Commands without arguments that change nothing."""


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """The help text of a command. `usage` shows its syntax; `examples` can be sent as they are."""

    name: str
    usage: str
    effect: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tier:
    commands: int
    usage: int
    effect: int


_TIERS = (_Tier(50, 160, 300), _Tier(50, 80, 80), _Tier(15, 60, 60))


def help_card(commands: Sequence[CommandHelp]) -> Card:
    """Build the help for all commands, or for one with its examples as buttons."""
    examples = [text for command in commands for text in command.examples]
    if len(commands) > 1:
        examples = [text for text in examples if text in _HARMLESS][:MAX_BUTTONS_OF_OVERVIEW]
    title = tr("What you can do")
    buttons = [say(text) for text in list(dict.fromkeys(examples))[:MAX_BUTTONS]]

    def build(tier: _Tier) -> Card:
        body: list[Part] = [heading(title)]
        body += [_entry(command, tier) for command in commands[: tier.commands]]
        return card(body, buttons, summary=title)

    return fit(build, _TIERS)


def suggestions_card(text: str, suggestions: Sequence[str]) -> Card:
    """Build the answer to a text that was not understood, with the nearest commands as buttons."""
    asked = run(f"“{clean(text, 100)}”", bold=True)
    body = [rich(*interpolate(tr("I didn't understand {words}."), words=asked))]
    if suggestions:
        body.append(rich(run(tr("Did you mean:")), spacing="Small"))
        body.append(action_set([say(each) for each in suggestions[: MAX_BUTTONS - 1]], spacing="Small"))
    return card(body, [say("help", title=tr("What can I do?"))], summary=tr("I didn't understand that."))


def _entry(command: CommandHelp, tier: _Tier) -> Part:
    return container(
        [
            rich(run(command.usage or command.name, bold=True, limit=tier.usage)),
            rich(run(command.effect, limit=tier.effect, subtle=True), spacing="None"),
        ],
        spacing="Small",
    )

"""Help, and what to say when a request was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language import tr
from cards.base import Card
from cards.elements import Part, action_set, card, container, heading, rich, run, say, woven
from cards.size import fit
from cards.text import clean

MAX_BUTTONS = 6
TRIED = 4
"""So many short words fit beside one another on a phone."""


_WORTH_TRYING = frozenset({"mine", "recent", "create", "filter"})
"""Commands that need nothing else and change nothing."""


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """One command as help explains it. `usage` shows its shape, `examples` can be sent as they stand."""

    name: str
    usage: str
    effect: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Room:
    commands: int
    usage: int
    effect: int


_ROOMS = (_Room(50, 160, 300), _Room(50, 80, 80), _Room(15, 60, 60))


def help_card(commands: Sequence[CommandHelp]) -> Card:
    """All commands, with what can be tried as it stands as buttons; or one in detail, with its examples."""
    examples = [text for command in commands for text in command.examples]
    if len(commands) > 1:
        examples = [text for text in examples if text in _WORTH_TRYING][:TRIED]
    title = tr("What you can do")
    buttons = [say(text) for text in list(dict.fromkeys(examples))[:MAX_BUTTONS]]

    def build(room: _Room) -> Card:
        body: list[Part] = [heading(title)]
        body += [_entry(command, room) for command in commands[: room.commands]]
        return card(body, buttons, summary=title)

    return fit(build, _ROOMS)


def suggestions_card(text: str, suggestions: Sequence[str]) -> Card:
    """What was not understood, and the nearest commands as buttons."""
    asked = run(f"“{clean(text, 100)}”", bold=True)
    body = [rich(*woven(tr("I didn't understand {words}."), words=asked))]
    if suggestions:
        body.append(rich(run(tr("Did you mean:")), spacing="Small"))
        body.append(action_set([say(each) for each in suggestions[: MAX_BUTTONS - 1]], spacing="Small"))
    return card(body, [say("help", title=tr("What can I do?"))], summary=tr("I didn't understand that."))


def _entry(command: CommandHelp, room: _Room) -> Part:
    return container(
        [
            rich(run(command.usage or command.name, bold=True, limit=room.usage)),
            rich(run(command.effect, limit=room.effect, subtle=True), spacing="None"),
        ],
        spacing="Small",
    )

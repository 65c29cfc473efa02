"""docs/commands.md from the table of commands: `python -m scripts.commands_doc > docs/commands.md`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.chat.identity import Scope
from bot.commands.registry import COMMANDS
from manifest.texts import own_texts

MANIFEST = Path(__file__).parents[1] / "manifest"
CONTEXTS = {"compose": "beneath the box for messages", "commandBox": "search box", "message": "menu of a message"}
PLACES = {Scope.PERSONAL: "personal chat", Scope.GROUP: "group chat", Scope.CHANNEL: "channel"}


LISTS = (
    (
        "somebody, nobody, yourself",
        "bugs Tom closed last week",
        "everything nobody has picked up",
        "die ich beobachte",
    ),
    ("status, priority, type", "high priority bugs not in review", "open stories and tasks", "dringende Fehler"),
    ("a time", "created between 1 and 15 March", "due by the end of the month", "seit zwei Wochen nicht geändert"),
    ("a place", "in PROJ or WEB", "in the next sprint", "under epic PROJ-100", "im Backlog außer Unteraufgaben"),
    (
        "a field",
        "without a due date",
        "component Checkout",
        "label ux or ios",
        "fix version 2.4",
        "ohne Bearbeiter",
    ),
    ("text", "mentioning “sign-in” in PROJ"),
    ("an order", "oldest first", "by priority", "nach Fälligkeit"),
)
"""Kinds of words that lists consist of, with examples that a test tries."""


REQUESTS = (
    ("a change", "kick PROJ-12 out of the sprint", "push PROJ-12 out to 15 June", "tag PROJ-12 with ux and ios"),
    ("a reason with it", "PROJ-12 is done, you can close it", "Tom ist krank, gib PROJ-12 bitte an Priya"),
    (
        "to do as you say",
        "PROJ-12 blocks PROJ-13, please link them",
        "PROJ-12 schätzen wir auf 5, bitte eintragen",
    ),
    ("what a channel gets", "let us know whenever a new bug comes up in PROJ", "too noisy, mute PROJ for now"),
    ("what you get", "send me my tickets every morning at 8:30", "don't ping me between 6pm and 8am"),
    ("about the bot", "which jira user am I here", "how do I hook up my jira account"),
)
"""Kinds of requests, with examples that a test tries."""


def document() -> str:
    """Write the page, as Markdown."""
    lines = [
        "# Commands",
        "",
        "Case does not matter. In a channel or group chat, mention the bot first. A Jira link works wherever a",
        "key does; `PROJ-12 done` means `move PROJ-12 to Done`, and `it` is the issue that you were shown last in",
        "the same conversation, within an hour. This page is made from the commands' own table.",
        "",
        "| type | what happens | where | for example |",
        "| --- | --- | --- | --- |",
    ]
    for command in COMMANDS:
        where = (
            "everywhere"
            if len(command.where) == len(Scope)
            else ", ".join(PLACES[s] for s in sorted(command.where))
        )
        examples = "<br>".join(f"`{_cell(e)}`" for e in command.examples)
        also = f" (also {', '.join(f'`{a}`' for a in command.aliases)})" if command.aliases else ""
        lines.append(f"| `{_cell(command.usage)}`{also} | {_cell(command.effect)} | {where} | {examples} |")
    return "\n".join([*lines, *_requests(), *_lists(), *_extension()]) + "\n"


def _requests() -> list[str]:
    """Return the section about requests in plain words."""
    rows = [(kind, ", ".join(f"`{_cell(example)}`" for example in examples)) for kind, *examples in REQUESTS]
    return [
        "",
        "## Requests in plain words",
        "",
        "Ask as you would ask a colleague, in English or German; the commands above are the short way. A",
        "message is one request; what stands beside it may give a reason. What reports, doubts, plans, sets a",
        "condition or is said to somebody else is never done; what it may mean is offered as a button.",
        "",
        "| say | for example |",
        "| --- | --- |",
        *(f"| {kind} | {examples} |" for kind, examples in rows),
    ]


def _lists() -> list[str]:
    """Return the section about lists in plain words."""
    rows = [(kind, ", ".join(f"`{_cell(example)}`" for example in examples)) for kind, *examples in LISTS]
    return [
        "",
        "## Lists in plain words",
        "",
        "Ask for issues as you would ask a colleague, in English or German: `which bugs are due this week`. The",
        "kinds below combine in any order. Issues of somebody, of nobody or of a priority are the open ones,",
        "unless you name a status or a time. No word is left out: of one that is not understood you are told,",
        "and nothing is listed.",
        "",
        "| say | for example |",
        "| --- | --- |",
        *(f"| {kind} | {examples} |" for kind, examples in rows),
    ]


def _extension() -> list[str]:
    """Describe what the app's manifest offers where nothing is typed to the bot."""
    [extension] = json.loads((MANIFEST / "template.json").read_text("utf-8"))["composeExtensions"]
    texts = own_texts("en")
    lines = [
        "",
        "## Without a word to the bot",
        "",
        "In any chat, whether the bot is in it or not. A Jira link that is pasted there becomes the issue's card.",
        "",
        "| choose | what happens | where |",
        "| --- | --- | --- |",
    ]
    for number, command in enumerate(extension["commands"]):
        place = f"composeExtensions[0].commands[{number}]"
        where = ", ".join(CONTEXTS[context] for context in command["context"])
        lines.append(f"| {texts[f'{place}.title']} | {texts[f'{place}.description']} | {where} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(document())

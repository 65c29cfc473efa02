"""Whether the words after a command's name can be its arguments, so that the name is meant as one. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from bot.commands.command import Command, Takes
from bot.commands.phrases.interpreter import describes_issues
from bot.commands.phrases.negation import starts_with_negation
from bot.commands.text_input import QUOTES, is_it, parse_target, take_targets

MAX_LOOKED_AT = 2
"""Words after `open` that may name an issue, which is then asked for."""
_MAX_WORDS = 50
"""Words that are searched for issues."""
_TEXT_FIELD = re.compile(r"\S+\s+(?:summary|title|description|desc|text|environment)\b", re.IGNORECASE)
"""The beginning of what follows `edit` if the field is one of text."""
_SAID_OTHERWISE: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("label", "labels"), re.compile(r"\S+ (?:with|as|mit|als) ", re.IGNORECASE)),
    "edit": re.compile(r"\S+ (?:(?:to|as|in|on|auf|als) |(?:highest|high|medium|low|lowest)\Z)", re.IGNORECASE),
    "story points": re.compile(r"\S+ (?:at|as|to|with) ", re.IGNORECASE),
    "move": re.compile(
        r"\S+ (?:back |into |over to |(?:in)?to (?:the |this |current |active |next )*sprint\b|to the backlog\b"
        r"|under )",
        re.IGNORECASE,
    ),
    "show": re.compile(r"\S+ again\b", re.IGNORECASE),
}
"""Arguments that begin as those of a command and mean another: `set PROJ-12 to done`."""
_OTHER_BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "search": (
        *("my", "all", "any", "for", "the", "me", "us", "meine", "alle", "nach", "mir", "uns"),
        *(
            "issue",
            "issues",
            "ticket",
            "tickets",
            "anything",
            "something",
            "everything",
            "vorgänge",
            "etwas",
            "alles",
        ),
    ),
    "subscribe": ("this", "us", "the", "our"),
    "connect": ("to", "with", "my", "me", "mit", "mich"),
    **dict.fromkeys(("pause", "resume", "unsubscribe"), ("everything", "this", "the", "our", "us")),
    "notify": ("this", "us", "the", "everyone", "me"),
    "recent": ("changes", "updates", "activity"),
    "create": (
        *("bugs", "tasks", "stories", "issues", "tickets", "epics", "incidents"),
        *("a", "an", "ein", "eine", "einen", "ticket", "issue"),
    ),
}
"""The first word after a command's name if it begins a sentence: `find my bugs`, `new bugs in PROJ`."""


def fits(command: Command, arguments: str) -> bool:
    """Return whether what follows a command's name can be its arguments, so that the name is meant as one."""
    first = arguments.partition(" ")[0]
    if not arguments:
        return True
    word = first.casefold().rstrip(":")
    if command.takes_issue:
        said = _SAID_OTHERWISE.get(command.name)
        is_short = command.takes is Takes.WORDS and arguments == first  # `priority high`: of the issue shown last
        can_be = (parse_target(first) is not None or is_it(first) or is_short) and not (
            said and said.match(arguments)
        )
    elif word in _OTHER_BEGINNINGS.get(command.name, ()):
        can_be = False
    elif command.name == "search":
        can_be = not _is_about_issues(arguments)
    elif command.name == "issues":
        can_be = parse_target(first) is not None
    elif command.takes is Takes.WORDS:
        can_be = not any(map(parse_target, arguments.split()[:_MAX_WORDS]))
    else:
        can_be = command.takes is not Takes.NOTHING
    return can_be


def is_sentence(command: Command, arguments: str) -> bool:
    """Return whether words stand where a command takes an issue first: `log into PROJ-12`, `open the big door`."""
    words = arguments.split()[:_MAX_WORDS]
    issues = [parse_target(word) is not None for word in words]
    if not command.takes_issue or issues[0]:
        return False
    return any(issues) or (command.read_only and len(words) > MAX_LOOKED_AT)


def _is_about_issues(words: str) -> bool:
    """Return whether words after `search` describe issues (`bugs in PROJ`), or end with what they are for."""
    return words.casefold().endswith((" issues", " tickets")) or describes_issues(words, date.today())  # noqa: DTZ011


def ends_in_text(command: Command, arguments: str) -> bool:
    """Return whether the arguments end in text that goes into Jira as it was typed."""
    return command.takes is Takes.TEXT or (
        command.takes is Takes.FIELD and _TEXT_FIELD.match(arguments) is not None
    )


def refuses(command: Command, arguments: str) -> bool:
    """Return whether a command on an issue is given “not”: `assign PROJ-12 not to Bob`."""
    if command.read_only or not command.takes_issue or ends_in_text(command, arguments):
        return False
    targets, rest = take_targets(arguments.translate(QUOTES))
    return bool(targets) and starts_with_negation(rest)

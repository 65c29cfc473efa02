"""Parses what a person typed into a command and its arguments, in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.commands.command import Command, Takes
from bot.commands.phrases.courtesy import Request, read_request, strip_thanks
from bot.commands.phrases.grammar import describes_issues, interpret, offer
from bot.commands.phrases.slots import (
    goes_on,
    is_denied,
    is_refused,
    names_what_to_create,
    says_how_it_is,
)
from bot.commands.phrases.small_talk import Talk, read_courtesy, read_small_talk
from bot.commands.suggestions import nearest, short
from bot.commands.text_input import (
    CONNECTIVES,
    QUOTES,
    Target,
    is_it,
    parse_target,
    strip_punctuation,
    take_target,
    take_targets,
)

MAX_STATUS_WORDS = 6
"""Words after an issue that may name a status."""
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
        r"\S+ (?:back |into |over to |(?:in)?to (?:the |this |current |active |next )*sprint\b|under )",
        re.IGNORECASE,
    ),
    "show": re.compile(r"\S+ again\b", re.IGNORECASE),
}
"""Arguments that begin as those of a command and mean another: `set PROJ-12 to done`."""
_OTHER_BEGINNINGS: Mapping[str, tuple[str, ...]] = {
    "search": (
        *("my", "all", "any", "for", "the", "meine", "alle", "nach"),
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
    "create": (
        *("bugs", "tasks", "stories", "issues", "tickets", "epics", "incidents"),
        *("a", "an", "ein", "eine", "einen", "ticket", "issue"),
    ),
}
"""The first word after a command's name if it begins a sentence: `find my bugs`, `new bugs in PROJ`."""
_NEW = re.compile(r"new\s+", re.IGNORECASE)
_AFTER_ISSUE = re.compile(r"(?:->|[:, >→=]|[-–](?![\w+-]))+")
"""What may stand between an issue and what is to be done with it; the minus of `-1` is part of that."""
_THIS_ISSUE = re.compile(
    r"(?:(?:this|that|the|dies(?:e[mnrs]?)?|das|den|dem|die)"
    r" (?:issue|ticket|bug|task|story|one|vorgang|aufgabe|fehler)|(?P<bare>this|that|dies(?:e[mnrs]?)?|das))"
    r"(?! (?:week|month|quarter|year|sprint|morning|afternoon|evening|mon|tue|wed|thu|fri|sat|sun"
    r"|woche|monat|jahr|quartal))[:,]?(?: +|\Z)",
    re.IGNORECASE,
)
"""The issue that was shown last, where a command takes an issue: `comment this looks good`."""
_FOR_ME = re.compile(r" (?:for me|für mich)[ .!?]*\Z", re.IGNORECASE)
_ONLY_COURTESY = re.compile(
    r"\A((?:[^\s,]{1,40}[\s,]+){0,2})(?:please|pls|plz|thanks|thank you|bitte|danke)[ .!]*\Z", re.IGNORECASE
)
"""A type and a project at most, and then politeness in place of a summary."""
_COURTESIES = frozenset({"please", "pls", "thanks", "thank you", "bitte", "danke"})


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A command and the text after its name."""

    command: Command
    arguments: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """No command fits. `nearest` are texts that would be understood, best first."""

    nearest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """The person wants nothing that the bot does: a few words answer them."""

    talk: Talk


class Parser:
    """Finds the command in a text: whole words, the longest name first, before or after an issue.

    The other arguments are the commands meant by texts that name none: `show` by an issue alone, `several` by
    several issues, `link` by two issues with words between them, `move` by an issue with other words after it.
    """

    def __init__(
        self, commands: Sequence[Command], *, show: Command, move: Command, several: Command, link: Command
    ) -> None:
        self.commands = tuple(commands)
        self._show = show
        self._move = move
        self._several = several
        self._link = link
        self._by_name: Mapping[str, Command] = {name: command for command in commands for name in command.names}
        self._max_name_words = max(name.count(" ") + 1 for name in self._by_name)

    def parse(self, text: str) -> ParsedCommand | NotUnderstood | SmallTalk:
        """Return the command to run, whatever was typed."""
        courtesy = read_courtesy(text)
        if courtesy is Talk.GREETING:
            return ParsedCommand(self._by_name["help"], "")
        if courtesy:
            return SmallTalk(courtesy)
        request = read_request(text)
        parsed = self._parse(request)
        if parsed is None or _is_refused(parsed):
            talk = read_small_talk(text)
            return SmallTalk(talk) if talk else NotUnderstood(self.nearest(request.text))
        return self._without_courtesy(parsed, request)

    def _parse(self, request: Request) -> ParsedCommand | None:
        text = request.text
        if is_it(strip_punctuation(request.core)):
            return ParsedCommand(self._show, "it")
        parsed = self._named_command(text)
        if parsed is None or not _fits(parsed):
            parsed = self._plain_request(request) or (None if parsed and _is_sentence(parsed) else parsed)
        if parsed:
            several = parsed.command is self._show and _are_issues(parsed.arguments)
            return ParsedCommand(self._several, parsed.arguments) if several else parsed
        return self._parse_issue_first(request)

    def _parse_issue_first(self, request: Request) -> ParsedCommand | None:
        """Parse what begins with an issue: `PROJ-12 done`."""
        target, rest = take_target(request.text)
        if target is None:
            return None
        if not take_target(request.core)[1]:
            return ParsedCommand(self._show, target.text)
        rest = read_request(_without_separator(rest)).text
        if _are_issues(request.core):
            return ParsedCommand(self._several, request.core)
        if offer(request):
            return None
        return self._on_issue(target, rest) or self._by_status(request, target, rest)

    def _plain_request(self, request: Request) -> ParsedCommand | None:
        """Parse a sentence that stands for a command, whose handler reads days again in the person's zone."""
        command = None if offer(request) else interpret(request, date.today())  # noqa: DTZ011
        return self._leading_command(command) if command else None

    def _by_status(self, request: Request, target: Target, rest: str) -> ParsedCommand | None:
        """Parse `PROJ-12 done`; `PROJ-12 done?` asks how the issue stands, `PROJ-12 isn't done` asks nothing."""
        if request.is_question:
            return ParsedCommand(self._show, target.text)
        is_long = len(rest.split(None, MAX_STATUS_WORDS)) > MAX_STATUS_WORDS
        if is_long or is_denied(rest.translate(QUOTES)) or says_how_it_is(rest):
            return None
        return ParsedCommand(self._move, f"{target.text} {rest}")

    def _without_courtesy(self, parsed: ParsedCommand, request: Request) -> ParsedCommand | NotUnderstood:
        """Remove thanks that no text of the person ends in. A question never runs a command that writes."""
        command, arguments = parsed.command, parsed.arguments
        without_summary = _ONLY_COURTESY.match(arguments) if command.name == "create" else None
        if without_summary:
            arguments = without_summary[1].rstrip(" ,")
        if not _ends_in_text(command, arguments):
            if request.is_question and not command.read_only and arguments:
                without = arguments.rstrip(" ?!.")
                return NotUnderstood((*short(f"{command.name} {without}"), "help"))
            arguments = strip_thanks(arguments)
            if command.takes_issue:
                arguments = _FOR_ME.sub("", arguments)
            arguments = "" if arguments.casefold() in _COURTESIES else arguments
            if command.takes is Takes.NOTHING:
                arguments = arguments.rstrip(" ?!.,;:")
        return ParsedCommand(command, arguments)

    def _on_issue(self, target: Target, rest: str) -> ParsedCommand | None:
        """Parse `PROJ-12 comment …`, or a link as people say it: `PROJ-12 blocks PROJ-13`."""
        inner = self._leading_command(rest)
        if inner and _is_field(inner.command) and says_how_it_is(inner.arguments):
            return None  # “PROJ-12 description is missing” says how it is
        if inner and inner.command.takes_issue:
            return ParsedCommand(inner.command, f"{target.text} {inner.arguments}".strip())
        if is_denied(rest.translate(QUOTES)):
            return None
        if parse_target(rest.rsplit(maxsplit=1)[-1]):
            return ParsedCommand(self._link, f"{target.text} {rest}")
        return None

    def _named_command(self, text: str) -> ParsedCommand | None:
        """Return the command that a text begins with, unless its name is a word of a sentence (“new year”)."""
        parsed = self._leading_command(text)
        if parsed and parsed.command.name == "create" and _NEW.match(text):
            return parsed if names_what_to_create(parsed.arguments) else None
        return _name_this_issue(parsed) if parsed else None

    def _leading_command(self, text: str) -> ParsedCommand | None:
        words = text.split(None, self._max_name_words)
        for count in range(min(self._max_name_words, len(words)), 0, -1):
            name = " ".join(words[:count]).casefold().translate(QUOTES)
            command = self._by_name.get(name) or self._by_name.get(name.rstrip(":,.!?"))
            if command:
                parts = text.split(None, count)
                return ParsedCommand(command, parts[count].strip() if len(parts) > count else "")
        return None

    def find(self, name: str) -> Command | None:
        """Return the command with this name or alias."""
        return self._by_name.get(" ".join(name.casefold().split()))

    def nearest(self, text: str) -> tuple[str, ...]:
        """Return up to three texts that the person may have meant, and `help`."""
        return nearest(text, self._by_name)


def _without_separator(text: str) -> str:
    separator = _AFTER_ISSUE.match(text)
    return text[separator.end() :] if separator else text


def _name_this_issue(parsed: ParsedCommand) -> ParsedCommand:
    """Return the command with “it” for “this”, unless text goes on about it: `comment this is wrong`."""
    match = _THIS_ISSUE.match(parsed.arguments) if parsed.command.takes_issue else None
    if match is None:
        return parsed
    rest = parsed.arguments[match.end() :]
    is_text = parsed.command.takes is Takes.TEXT
    if is_text and (goes_on(rest.translate(QUOTES)) or (match["bare"] or "this").casefold() != "this"):
        return parsed
    return ParsedCommand(parsed.command, f"it {rest}".strip())


def _is_refused(parsed: ParsedCommand) -> bool:
    """Return whether a command on an issue is given “not”: `assign PROJ-12 not to Bob`."""
    command, arguments = parsed.command, parsed.arguments.translate(QUOTES)
    if command.read_only or not command.takes_issue or _ends_in_text(command, arguments):
        return False
    targets, rest = take_targets(arguments)
    return bool(targets) and is_refused(rest)


def _fits(parsed: ParsedCommand) -> bool:
    """Return whether what follows a command's name can be its arguments, so that the name is meant as one."""
    command, arguments = parsed.command, parsed.arguments
    first = arguments.partition(" ")[0]
    if not arguments:
        return True
    word = first.casefold().rstrip(":")
    if command.takes_issue:
        said = _SAID_OTHERWISE.get(command.name)
        is_short = command.takes is Takes.WORDS and arguments == first  # `priority high`: of the issue shown last
        fits = (parse_target(first) is not None or is_it(first) or is_short) and not (
            said and said.match(arguments)
        )
    elif command.name in _OTHER_BEGINNINGS:
        fits = word not in _OTHER_BEGINNINGS[command.name] and not (
            command.read_only and _is_about_issues(arguments)
        )
    elif command.name == "issues":
        fits = parse_target(first) is not None
    elif command.takes is Takes.WORDS:
        fits = not any(map(parse_target, arguments.split()[:_MAX_WORDS]))
    else:
        fits = command.takes is not Takes.NOTHING
    return fits


def _is_sentence(parsed: ParsedCommand) -> bool:
    """Return whether words stand where a command takes an issue first: `log into PROJ-12`, `open the big door`."""
    words = parsed.arguments.split()[:_MAX_WORDS]
    issues = [parse_target(word) is not None for word in words]
    if not parsed.command.takes_issue or issues[0]:
        return False
    return any(issues) or (parsed.command.read_only and len(words) > MAX_LOOKED_AT)


def _is_about_issues(words: str) -> bool:
    """Return whether words after `search` describe issues (`bugs in PROJ`), or end with what they are for."""
    return words.casefold().endswith((" issues", " tickets")) or describes_issues(words, date.today())  # noqa: DTZ011


def _ends_in_text(command: Command, arguments: str) -> bool:
    """Return whether the arguments end in text that goes into Jira as it was typed."""
    return command.takes is Takes.TEXT or (
        command.takes is Takes.FIELD and _TEXT_FIELD.match(arguments) is not None
    )


def _is_field(command: Command) -> bool:
    return command.takes is Takes.FIELD or command.name in ("summary", "description", "labels", "label")


def _are_issues(text: str) -> bool:
    """Return whether a text names several issues and nothing else."""
    words = [word for word in text.split()[:_MAX_WORDS] if word.casefold() not in CONNECTIVES]
    return len(words) > 1 and all(map(parse_target, words))

"""Parses what a person typed into a command and its arguments, in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.commands.arguments import ends_in_text, fits, is_sentence, refuses
from bot.commands.command import Command, Takes
from bot.commands.phrases.apostrophes import straighten
from bot.commands.phrases.clauses import asked_in_clauses, combine_clauses, has_break
from bot.commands.phrases.courtesy import Request, read_request, strip_thanks
from bot.commands.phrases.interpreter import interpret, suggest_commands
from bot.commands.phrases.negation import is_negated_value
from bot.commands.phrases.sayings import (
    continues_sentence,
    is_location,
    is_no_status,
    names_labels,
    names_what_to_create,
    says_how_it_is,
)
from bot.commands.phrases.small_talk import Talk, is_for_jira_alone, read_courtesy, read_small_talk
from bot.commands.suggestions import nearest, short
from bot.commands.text_input import (
    CONNECTIVES,
    DETERMINER,
    ISSUE_NOUN,
    QUOTES,
    Target,
    is_it,
    parse_target,
    strip_punctuation,
    take_target,
)

MAX_STATUS_WORDS = 6
"""Words after an issue that may name a status."""
_MAX_WORDS = 50
"""Words that are searched for issues."""
_NEW = re.compile(r"new\s+", re.IGNORECASE)
_AFTER_ISSUE = re.compile(r"(?:->|[:, >→=]|[-–](?![\w+-]))+")
"""What may stand between an issue and what is to be done with it; the minus of `-1` is part of that."""
_THIS_ISSUE = re.compile(
    rf"(?:{DETERMINER} (?:{ISSUE_NOUN}|one)|(?P<bare>this|that|dies(?:e[mnrs]?)?|das))"
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
_WITH_CLAUSES = frozenset({"log", "search", "jql", "list", "filter", "subscribe"})
"""Commands whose arguments may have commas and whole sentences in them."""
_FOR_CHANNELS = frozenset({"pause", "resume", "unsubscribe"})
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
    suggestions: tuple[str, ...] = ("help",)
    """Texts that may be of use then, best first."""


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
        is_for_jira = is_for_jira_alone(request.core)
        asked = None if is_for_jira else self._several_clauses(text)
        if asked:
            return asked
        parsed = None if is_for_jira else self._parse(request)
        if parsed is None or refuses(parsed.command, parsed.arguments):
            talk, suggestions = read_small_talk(text), self.nearest(request.text)
            return SmallTalk(talk, suggestions) if talk else NotUnderstood(suggestions)
        return self._without_courtesy(parsed, request)

    def _parse(self, request: Request) -> ParsedCommand | None:
        text = request.text
        if is_it(strip_punctuation(request.core)):
            return ParsedCommand(self._show, "it")
        parsed = self._named_command(text)
        if parsed is None or not fits(parsed.command, parsed.arguments):
            is_no_command = parsed is None or is_sentence(parsed.command, parsed.arguments)
            parsed = self._plain_request(request) or (None if is_no_command else parsed)
        if parsed:
            several = parsed.command is self._show and _are_issues(parsed.arguments)
            return ParsedCommand(self._several, parsed.arguments) if several else parsed
        return self._parse_issue_first(request)

    def _several_clauses(self, text: str) -> ParsedCommand | None:
        """Parse a request among clauses that explain it; a text for Jira is never taken apart."""
        if not has_break(text):
            return None
        _, rest = take_target(read_request(text).text)
        named = self._leading_command(rest)
        if named and (ends_in_text(named.command, named.arguments) or named.command.name in _WITH_CLAUSES):
            return None
        command = combine_clauses(text, self._asked_by)
        return self._leading_command(command) if command else None

    def _asked_by(self, clause: str) -> str | None:
        """Return the command that a clause asks for, if it changes what a few words can say and takes no text."""
        parsed = self._parse(read_request(clause))
        if (
            parsed is None
            or not fits(parsed.command, parsed.arguments)
            or refuses(parsed.command, parsed.arguments)
        ):
            return None
        is_text = ends_in_text(parsed.command, parsed.arguments) and parsed.command.name != "log"
        is_clear = parsed.command.takes_issue or parsed.command.name in _FOR_CHANNELS
        return f"{parsed.command.name} {parsed.arguments}".strip() if is_clear and not is_text else None

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
        if suggest_commands(request):
            return None
        return self._on_issue(target, rest) or self._by_status(request, target, rest)

    def _plain_request(self, request: Request) -> ParsedCommand | None:
        """Parse a sentence that stands for a command, whose handler reads days again in the person's zone."""
        command = None if suggest_commands(request) else interpret(request, date.today())  # noqa: DTZ011
        return self._leading_command(command) if command else None

    def _by_status(self, request: Request, target: Target, rest: str) -> ParsedCommand | None:
        """Parse `PROJ-12 done`; `PROJ-12 done?` asks how the issue stands, `PROJ-12 isn't done` asks nothing."""
        if request.is_question:
            return ParsedCommand(self._show, target.text)
        is_long = len(rest.split(None, MAX_STATUS_WORDS)) > MAX_STATUS_WORDS
        status = strip_thanks(rest).rstrip(" ,.!")
        is_other = is_no_status(status) or any(map(parse_target, rest.split()[:MAX_STATUS_WORDS]))
        if is_long or is_other or is_negated_value(straighten(rest.translate(QUOTES))) or says_how_it_is(rest):
            return None
        return ParsedCommand(self._move, f"{target.text} {rest}")

    def _without_courtesy(self, parsed: ParsedCommand, request: Request) -> ParsedCommand | NotUnderstood:
        """Remove thanks that no text of the person ends in. A question never runs a command that writes."""
        command, arguments = parsed.command, parsed.arguments
        without_summary = _ONLY_COURTESY.match(arguments) if command.name == "create" else None
        if without_summary:
            arguments = without_summary[1].rstrip(" ,")
        if not ends_in_text(command, arguments):
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
        if inner and inner.command.name in ("label", "labels") and not names_labels(inner.arguments):
            return None
        if inner and inner.command.takes_issue:
            return ParsedCommand(inner.command, f"{target.text} {inner.arguments}".strip())
        if is_negated_value(straighten(rest.translate(QUOTES))):
            return None
        if parse_target(rest.rsplit(maxsplit=1)[-1]):
            return ParsedCommand(self._link, f"{target.text} {rest}")
        return None

    def _named_command(self, text: str) -> ParsedCommand | None:
        """Return the command that a text begins with, unless its name is a word of a sentence (“new year”)."""
        parsed = self._leading_command(text)
        if parsed and parsed.command.name == "create" and _NEW.match(text):
            somewhere = parsed.arguments.partition(" ")[2]
            is_place = is_location(somewhere) and somewhere.islower()
            return parsed if names_what_to_create(parsed.arguments) and not is_place else None
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
        return nearest(text, self._by_name, asked_in_clauses(text, self._asked_by))


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
    if is_text and (continues_sentence(rest.translate(QUOTES)) or (match["bare"] or "this").casefold() != "this"):
        return parsed
    return ParsedCommand(parsed.command, f"it {rest}".strip())


def _is_field(command: Command) -> bool:
    return command.takes is Takes.FIELD or command.name in ("summary", "description", "labels", "label")


def _are_issues(text: str) -> bool:
    """Return whether a text names several issues and nothing else."""
    words = [word for word in text.split()[:_MAX_WORDS] if word.casefold() not in CONNECTIVES]
    return len(words) > 1 and all(map(parse_target, words))

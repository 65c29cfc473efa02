"""Finds what a text that is no command may have meant. A negation is offered nothing that writes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.commands.command import Command, Takes
from bot.commands.forms.parsing.dates import parse_day
from bot.commands.phrases.courtesy import read_request, strip_thanks
from bot.commands.phrases.interpreter import correct_verb, suggest_commands
from bot.commands.phrases.negation import contains_negation, is_negated_before_issue
from bot.commands.phrases.patterns import first_words
from bot.commands.phrases.small_talk import Talk, read_small_talk
from bot.commands.text_input import QUOTES, Target, parse_target, take_target

MIN_SIMILARITY = 0.72
"""Of a word to a command's name: one letter of five may be wrong, or two in each other's place."""
MAX_SUGGESTION = 3_000
"""Characters of a suggested text. A longer one is not suggested: a part of it would mean something else."""
MAX_SEARCHED = 200
"""Characters of a text that is suggested as a search."""
MIN_STATUS = 4
"""Letters of a word that may be a status."""
_NO_STATUSES = frozenset(
    {"about", "from", "like", "with", "without", "just", "only", "also", "über", "wegen", "nach"}
)
MIN_COMMENT_WORDS = 4
_SPACED_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]{1,9})[ #]{1,2}([1-9][0-9]{0,5})[ ?!.]*")
"""An issue's key without its hyphen."""
_NO_PROJECTS = frozenset({"sprint", "version", "release", "top", "number", "nummer", "room", "raum", "option"})
_MAX_NAME = 40
"""Characters of a word that may be a command's name."""
_MAX_WORDS = 50
"""Words that are searched for issues."""
_NO_SEARCH = re.compile(
    r"(?:i|i'm|i've|i'll|i'd|you|you're|we|we're|we've|he|she|they|it|it's|that's|there's|this is|that is|what a"
    r"|are|is|am|do|does|did|can|could|will|would|should|why|how|who|when|let's|please|don't|ich|du|wir|ihr|er"
    r"|sie|es|das ist|bist|hast|kannst|wirst|willst|warum|wie|wer|wann|new|neu\w{0,2}|undo)\b",
    re.IGNORECASE,
)
"""The beginning of what is said to somebody, and is nothing to search for."""


def nearest(text: str, by_name: Mapping[str, Command], asked: Sequence[str]) -> tuple[str, ...]:
    """Return up to three texts that the person may have meant, and `help`.

    `by_name` has all names of commands; `asked` is what one of several clauses asks for.
    """
    words, talk = text.split(None, 1), read_small_talk(text)
    if not words or talk not in (None, Talk.ONLY_IN_JIRA):
        return ("help",)
    issue = next((target for target in map(parse_target, text.split()[:_MAX_WORDS]) if target), None)
    straight = text.translate(QUOTES)
    if talk or is_negated_before_issue(straight):
        return (f"show {issue.text}", "help") if issue else ("help",)
    corrected = correct_verb(text, date.today())  # noqa: DTZ011 - is parsed again
    offered = (*suggest_commands(read_request(text)), *asked, *corrected)
    if contains_negation(straight):
        offered = tuple(command for command in offered if _ends_in_text(command, by_name))
    first, rest = words[0].casefold()[:_MAX_NAME], words[1] if len(words) > 1 else ""
    commands = _similar(first, by_name)
    if issue:
        meant = [each for each in commands if each.takes_issue]
        offered = offered or _comment(text)
        if contains_negation(straight):
            meant = [each for each in meant if each.takes is Takes.TEXT]
        may_move = not (offered or meant or contains_negation(straight))
        on_issue = _on_issue(issue, first, rest, meant, may_move=may_move)
        return (*dict.fromkeys(short(*offered, *on_issue)[:3]), "help")
    return (*(offered or _without_issue(text, rest, commands)), "help")


def _similar(word: str, by_name: Mapping[str, Command]) -> Sequence[Command]:
    similar = difflib.get_close_matches(word, by_name, n=3, cutoff=MIN_SIMILARITY)
    # Two letters in each other's place are the likelier slip.
    similar.sort(key=lambda name: sorted(name) != sorted(word))
    return tuple(dict.fromkeys(by_name[name] for name in similar))


def _comment(text: str) -> tuple[str, ...]:
    """Suggest to comment with what stands after an issue and a colon: `PROJ-12: I can reproduce this`."""
    target, rest = take_target(text)
    is_long = target is not None and len(rest.split(None, MIN_COMMENT_WORDS)) >= MIN_COMMENT_WORDS
    return (
        (f"comment {target.text} {rest}",) if target and is_long and text.split(None, 1)[0].endswith(":") else ()
    )


def _on_issue(issue: Target, first: str, rest: str, meant: Sequence[Command], *, may_move: bool) -> Sequence[str]:
    """Suggest the commands `meant`, a move (`approve PROJ-12`) if it may be meant, or a look at the issue."""
    target, more = take_target(rest)
    plain = strip_thanks(rest)
    commands = [f"{each.name} {rest if each.takes is Takes.TEXT else plain}" for each in meant] if target else []
    is_status = len(first) >= MIN_STATUS and first.isalpha() and first not in (*first_words(), *_NO_STATUSES)
    is_status = is_status and may_move and parse_day(first, date.today()) is None  # noqa: DTZ011
    moves = [f"move {issue.text} to {first}"] if target and not more and is_status else []
    return tuple(dict.fromkeys([*short(*commands), *moves, f"show {issue.text}"]))[:3]


def _without_issue(text: str, rest: str, commands: Sequence[Command]) -> Sequence[str]:
    """Suggest what changes nothing: what changes an issue is not meant, and small talk never leads to a write."""
    texts = [
        f"{command.name} {rest}".strip()
        for command in commands
        if not rest or (command.read_only and command.takes is Takes.TEXT)
    ]
    spaced = _SPACED_KEY.fullmatch(text)
    if spaced and spaced[1].casefold() not in _NO_PROJECTS:
        texts = [*texts, f"show {spaced[1].upper()}-{spaced[2]}", f"search {' '.join(text.split())}"]
    is_sought = text[:1].isascii() and len(text) <= MAX_SEARCHED and not _NO_SEARCH.match(text.translate(QUOTES))
    return short(*texts) or ([f"search {' '.join(text.split())}"] if is_sought else [])


def short(*texts: str) -> tuple[str, ...]:
    """Return the texts that are short enough to be suggested."""
    return tuple(text for text in texts if len(text) <= MAX_SUGGESTION)


def _ends_in_text(command: str, by_name: Mapping[str, Command]) -> bool:
    named = by_name.get(command.partition(" ")[0])
    return named is not None and (named.read_only or named.takes is Takes.TEXT)

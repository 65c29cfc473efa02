"""Plain requests: finds the command that a sentence stands for, in time linear in its length. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from bot.commands.issue.durations import take_duration
from bot.commands.phrases.apostrophes import straight_line
from bot.commands.phrases.courtesy import Request, read_request
from bot.commands.phrases.issue_list.jql_conditions import VIEWED
from bot.commands.phrases.issue_list.parser import Listing, UnknownWordsError, parse_listing
from bot.commands.phrases.lookups import join_spaced_keys, look_up
from bot.commands.phrases.negation import is_negated_value
from bot.commands.phrases.patterns import (
    OUT,
    Pattern,
    confirmation_patterns,
    ellipsis_patterns,
    first_words,
    list_leads,
    patterns,
    question_words,
    suggestion_patterns,
)
from bot.commands.phrases.sayings import begins_with_verb, is_location, is_no_status, names_labels, says_how_it_is
from bot.commands.phrases.slots import convert, strip_article, strip_particle, strip_quotes
from bot.commands.text_input import parse_target

MAX_SENTENCE = 300
"""Characters of a sentence without a text in it."""
MAX_VERB = 20
MIN_SIMILARITY = 0.8
"""Of a first word to one that a pattern begins with."""
_OPTIONAL_OUT = re.compile(r"\[([^\[\]]*)\]")
_READ_ONLY = (
    *("list ", "search ", "show ", "issues ", "filter", "mine", "recent", "help", "whoami", "subscriptions"),
    "connect",
)
_FOR_SEVERAL = ("show ", "move ", "assign ", "unassign ", "watch ", "unwatch ", "vote ", "unvote ")
"""Commands that several issues may follow."""
_PLAIN_KEY = r"[A-Za-z][A-Za-z0-9_]{1,9}-[1-9][0-9]{0,9}(?![\w-])"
_SEVERAL_KEYS = re.compile(
    rf"(?<![^\s]){_PLAIN_KEY}(?:(?: ?, ?(?:and |und )?| (?:and|und|&|\+) ){_PLAIN_KEY}){{1,19}}", re.IGNORECASE
)
_BETWEEN_KEYS = re.compile(r" ?, ?(?:and |und )?| (?:and|und|&|\+) ", re.IGNORECASE)
_ANOTHER_KEY = re.compile(rf"(?:and|und|&|\+|,) ?{_PLAIN_KEY}", re.IGNORECASE)
_PARTICLE = "bitte|mal|doch|eben|kurz|schnell|einfach|gleich|ruhig|please|pls|kindly"
PARTICLES = re.compile(
    rf"(?<=[0-9]) (?:kannst du|könntest du|können sie)(?= )| (?:{_PARTICLE})(?= )", re.IGNORECASE
)
_AFTER_VERB = re.compile(rf"\A(\S+)(?: (?:{_PARTICLE}))+(?= )", re.IGNORECASE)
"""Politeness after the first word, where no text has begun yet."""
_INDIRECT = re.compile(
    r"(?:(?:tell|show) (?:me|us)|do you know|i wonder|i'd like to know|i want to know|to know|any idea|"
    r"(?:kannst du mir )?(?:sag|sagen|zeig|zeige|zeigen)(?: mir| uns)?|weißt du|ich wüsste gerne?),? "
    r"(?=(?:what|who|whose|which|when|where|why|how|if|whether|wer|was|wann|wo|warum|wie|welche[rs]?|ob|woran)\b)",
    re.IGNORECASE,
)
"""What stands before an indirect question: `tell me who works on PROJ-12`."""
_ADVERBS = re.compile(
    r" (?:(?:all|both)(?: (?:two|three|four|five|of them|of these))?|all of|again|now|just|also|too|quickly"
    r"|right away|straight away|immediately|asap|first|instead|accordingly|over|for now|wieder|noch|auch|nun|jetzt"
    r"|dann|sofort|direkt|stattdessen|erstmal|lieber)(?= |\Z)",
    re.IGNORECASE,
)
"""What changes nothing of a request; it is taken away only if the request is not understood with it."""
_FOR_ME = re.compile(r" (?:for me|für mich)\Z", re.IGNORECASE)
_CONVERSATION = re.compile(
    r"(?:channel|chat|group|team|conversation|thread|kanal|gruppe|gruppenchat|meeting)\b", re.IGNORECASE
)
"""What “this” before it names, which is no issue: `post in this channel when a bug is created in PROJ`."""
_KEYS_READ = 40
_ASKED_OF_ISSUES = frozenset(
    [
        "what",
        "what's",
        "whats",
        "who",
        "who's",
        "when",
        "where",
        "why",
        "which",
        "how",
        "how's",
        "wer",
        "wann",
        "wo",
        "warum",
        "wie",
        "worum",
        "wessen",
        "wieso",
    ]
)
"""Words after an issue that begin a question about it: “PROJ-12 was done” and “PROJ-12 is done” are none."""
_ASKED_OF_ME = re.compile(r"(?:do|did) i have |(?:habe?|hatte) ich ", re.IGNORECASE)
"""A question that lists what the person has, of which the beginning says so."""
_ASKED = re.compile(
    r"(?:(?:did|does|do|has|have|hat|habe?|haben|macht|machen|arbeitet?|muss|müssen|bearbeitet) "
    r"|(?:is|are|am) (?:\S{1,20} ){1,3}\w{2,12}ing\b)",
    re.IGNORECASE,
)
"""What is left of a question without its first word: the whole is its better title."""


def interpret(request: Request, today: date) -> str | None:
    """Return the text of a command for a plain request; None if it is none.

    A question with an issue in it shows the issue.
    """
    core = straight_line(request.core, MAX_SENTENCE)
    indirect = _INDIRECT.match(core)
    if indirect:
        return interpret(Request(f"{core[indirect.end() :]}?", is_polite=False), today)
    asks = request.is_question or (_begins_as_question(core) and not request.is_polite)
    whole = _AFTER_VERB.sub(r"\1", _whole(request), count=1)
    plain = PARTICLES.sub("", core)
    for_bot = _FOR_ME.sub("", plain)
    readings = dict.fromkeys(
        (
            (whole, plain),
            (_join_keys(whole), _join_keys(plain)),
            (whole, for_bot),
            ("", _join_keys(_ADVERBS.sub("", for_bot))),
        )
    )
    matches = (_match(*reading, today, asks=asks) for reading in readings)
    return (
        next(filter(None, matches), None)
        or _describe(core, today)
        or (_show(core) if asks else None)
        or look_up(core)
        or _look_up_spaced(core, today)
    )


def _begins_as_question(core: str) -> bool:
    """Return whether a text begins with a question's word, maybe after an issue: `PROJ-3 what is this`."""
    words = [word.casefold().rstrip(",:") for word in core.split(None, 2)[:2]]
    if len(words) > 1 and parse_target(words[0]):
        return words[1] in _ASKED_OF_ISSUES
    return bool(words) and words[0] in question_words()


def _look_up_spaced(core: str, today: date) -> str | None:
    """Return the command that shows an issue whose key has no hyphen; nothing is written on such a guess."""
    joined = join_spaced_keys(core)
    if joined == core:
        return None
    command = look_up(joined) or _match(joined, joined, today, asks=True)
    return command if command and command.startswith(("show ", "issues ")) else None


def suggest_commands(request: Request) -> tuple[str, ...]:
    """Return the commands that a statement may ask for; empty if it is none. They are never run by themselves."""
    core = straight_line(request.core, MAX_SENTENCE)
    if len(core) > MAX_SENTENCE:
        return ()
    folded = core.casefold()
    first = folded.partition(" ")[0]
    for pattern in suggestion_patterns():
        if pattern.first_words and first not in pattern.first_words:
            continue
        match = pattern.fullmatch(core, folded)
        if match:
            commands = (replace(pattern, command=each) for each in pattern.command.split("|"))
            filled = [_fill(each, match.groupdict(), is_offer=True) for each in commands]
            if all(filled):
                return tuple(filter(None, filled))
    return ()


def fill_ellipsis(core: str, key: str) -> str | None:
    """Return the command for a request that names no issue, with the issue that was named before."""
    folded = core.casefold()
    for pattern in ellipsis_patterns():
        match = pattern.fullmatch(core, folded)
        command = _fill(pattern, {**match.groupdict(), "key": key}) if match else None
        if command:
            return command
    return None


def commands_for_confirmation(core: str) -> frozenset[str]:
    """Return the commands that may be meant by asking to do what was said; empty if nothing asks so."""
    return frozenset[str]().union(*(kinds for regex, kinds in confirmation_patterns() if regex.fullmatch(core)))


def correct_verb(text: str, today: date) -> tuple[str, ...]:
    """Return the command that a request stands for whose first word has a typo; empty if there is none."""
    request = read_request(text)
    first, _, rest = request.text.partition(" ")
    if not rest or request.is_question or first.casefold() in first_words():
        return ()
    similar = difflib.get_close_matches(first.casefold()[:MAX_VERB], first_words(), n=1, cutoff=MIN_SIMILARITY)
    command = interpret(replace(request, text=f"{similar[0]} {rest}"), today) if similar else None
    return (command,) if command and len(command) <= MAX_SENTENCE else ()


def describes_issues(text: str, today: date) -> bool:
    """Return whether a text describes issues in the words of a list and nothing else."""
    return _describe(text, today, certainly=True) is not None


def _join_keys(text: str) -> str:
    """Join the first issues that are named together by commas: `PROJ-1 and PROJ-2` to `PROJ-1,PROJ-2`."""
    return _SEVERAL_KEYS.sub(lambda keys: _BETWEEN_KEYS.sub(",", keys[0]), text, count=1)


def _match(whole: str, core: str, today: date, *, asks: bool) -> str | None:
    for _, command in matches(whole, core):
        if not (asks and _writes(command)):
            is_search = command.startswith("search ")
            return (_describe(core, today, certainly=True) if is_search else None) or command
    return None


def matches(whole: str, core: str) -> Iterator[tuple[Pattern, str]]:
    """Yield the patterns that fit, in order, each with its command; `whole` is for those with a text in it."""
    first = core.partition(" ")[0].casefold().rstrip(",:")
    of_whole, of_core = (whole, whole.casefold()), (core, core.casefold())
    for pattern in patterns():
        if pattern.first_words and first not in pattern.first_words:
            continue
        if len(core) > MAX_SENTENCE and not pattern.has_text:
            continue
        match = pattern.fullmatch(*(of_whole if pattern.has_text else of_core))
        command = _fill(pattern, match.groupdict()) if match else None
        if command is not None:
            yield pattern, command


def _whole(request: Request) -> str:
    text = request.text.replace("’", "'").strip()
    return text.rstrip(" ?") if request.is_polite else text


def _writes(command: str) -> bool:
    return not command.startswith(_READ_ONLY)


def _fill(pattern: Pattern, groups: Mapping[str, str | None], *, is_offer: bool = False) -> str | None:
    """Return the command with the slots filled in; None if a slot holds something else than its kind."""
    values: dict[str, str] = {}
    for name, text in groups.items():
        if text is None:
            continue
        value = convert(name, text.strip(" ,"))
        if value is None:
            return None
        values[name] = value
    named = parse_target(values.get("key", ""))
    if named:
        values["home"] = named.key.partition("-")[0]
    if is_negated_value(values.get("value", "")) if is_offer else _says_too_little(pattern, values):
        return None
    optional = _OPTIONAL_OUT.sub(
        lambda part: part[1] if all(name in values for name in OUT.findall(part[1])) else "", pattern.command
    )
    if pattern.command.startswith("search"):
        values["text"] = strip_article(values["text"].rstrip(" ?!."))
    elif pattern.command.startswith("create") and "text" in values:
        values["text"] = strip_quotes(strip_particle(values["text"]))
    words = [OUT.sub(lambda slot: values[slot[1]], word) for word in optional.split(" ")]
    return " ".join(word for word in words if word)


def _says_too_little(pattern: Pattern, values: Mapping[str, str]) -> bool:
    """Return whether a sentence is not certain to ask for the command: then nothing is done.

    “it's done” may be about anything, “PROJ-12 is not done” asks for nothing, and not every command takes
    several issues.
    """
    value = values.get("value2", values.get("value", ""))
    verb, text = pattern.command.partition(" ")[0], values.get("text", "")
    is_small_talk = pattern.is_statement and (
        values.get("key") == "it" or is_negated_value(value) or says_how_it_is(value)
    )
    says_no_value = (verb == "move" and is_no_status(value)) or (verb == "labels" and not names_labels(value))
    says_no_time = verb == "log" and "text" in values and "time" not in values and not take_duration(text)[0]
    continues = (verb in ("log", "create") and begins_with_verb(text)) or (verb == "create" and is_location(text))
    names_others = _ANOTHER_KEY.match(text) is not None
    names_conversation = values.get("key") == "it" and _CONVERSATION.match(text) is not None
    are_too_many = " " in values.get("key", "") and not pattern.command.startswith(_FOR_SEVERAL)
    return (
        is_small_talk
        or says_no_value
        or says_no_time
        or continues
        or names_others
        or names_conversation
        or are_too_many
    )


def _describe(core: str, today: date, *, certainly: bool = False) -> str | None:
    """Return the `list` command for a text that describes issues in words and nothing else.

    `certainly`: not if it may as well be words to search for.
    """
    if len(core) > MAX_SENTENCE:
        return None
    described = core
    for lead in list_leads():
        match = lead.match(core)
        if match and match.end() < len(core):
            described = core[match.end() :]
            break
    is_asked = _ASKED.match(described) or _ASKED_OF_ME.match(core)
    texts = (core, described) if is_asked else (described, core)
    for text in dict.fromkeys(texts):
        try:
            listing = parse_listing(text, today)
        except UnknownWordsError:
            continue
        is_meant = listing.names_issues or (described != core and (listing.conditions or listing.people))
        if listing.is_certain if certainly else is_meant:
            return "recent" if _is_viewed(listing) else f"list {text}"
    return None


def _is_viewed(listing: Listing) -> bool:
    return listing.conditions == (VIEWED,) and not listing.people and listing.order.startswith("lastViewed")


def _show(core: str) -> str | None:
    targets = [target for target in map(parse_target, core.split()[:_KEYS_READ]) if target]
    return f"show {targets[0].text}" if len({target.key for target in targets}) == 1 else None

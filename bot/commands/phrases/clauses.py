"""Reads a message of several clauses, one of which asks for something: the others give reasons.

Pure, in time linear in the text. In doubt nothing is understood: what is not known as a reason may change what is
asked for.
"""

# ruff: noqa: E501 - alternatives that belong together are one line

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.commands.phrases.apostrophes import straight_line
from bot.commands.phrases.courtesy import read_request
from bot.commands.phrases.explanations import (
    Side,
    is_about_a_later_time,
    is_courtesy,
    is_denying,
    is_doubtful,
    is_explanation,
)
from bot.commands.phrases.imperatives import INFINITIVES, VERBS
from bot.commands.phrases.interpreter import PARTICLES, commands_for_confirmation, fill_ellipsis, suggest_commands
from bot.commands.text_input import DETERMINER, ISSUE_NOUN, parse_target

MAX_TEXT = 240
"""Characters of a message that is read as clauses."""
MAX_CLAUSES = 5
MAX_PRONOUNS = 3
_QUOTES = re.compile("[\"“”„«»`]|(?:(?<=\\s)|\\A)'|:(?=\\s)")
"""Somebody's words, or a text that a colon begins, are never taken apart."""
_THEN = r"(?:please|pls|bitte|you can|you may|can you|could you|can u|go ahead|feel free|kannst|können sie|könntest|let's)"
_BREAK = re.compile(
    r"(?P<end>[!?;]+|\.(?=\s|\Z)|,(?!\d)| [-–—](?= ))\s*"
    rf"| (?:and|und|so|also|therefore|deshalb|daher) (?={_THEN}\b|(?:{'|'.join(sorted(VERBS))}) )"
    r"| (?=(?:because|cause|cuz|since (?:it|he|she|they|we|i|the|this)|as (?:it|he|she|they|we|i)|weil"
    r"|denn|da (?:es|er|sie|wir|ich|der|die|das))\b)",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"(?:(?:can|could|would|will) (?:you|u)|would you mind|you (?:can|may)|feel free to|go ahead and|i(?:'d| would) like you to"
    r"|i (?:want|need) you to|help me|(?:kannst|könntest|würdest|magst)(?: du)?|du (?:kannst|darfst)"
    r"|(?:können|könnten|würden) sie|sie (?:können|dürfen))\b",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"(?:(?:it|this|that|es|das|dies) )?(?:can|may|should|must|kann|darf|soll|muss|needs to|has to) (?:\S+ ){0,6}?"
    r"(?:be \S+.*|werden|zu|weg|rein|raus|go \S+.*)\Z",
    re.IGNORECASE,
)
"""A request that says what can be done: “it can be closed”, “kann geschlossen werden”."""
_NOUN_FIRST = re.compile(
    r"(?:label|tag|link|estimate|update|book|record|place|set|start|plan)\b.{0,60} (?:is|are|was|isn't|fehlt|ist|war|should|needs)\b",
    re.IGNORECASE,
)
"""What begins with a noun that is a verb, too: “label backend is missing”."""
_UNCLEAR = re.compile(
    r"(?:(?:please|bitte|and|und|so) )*(?:let's|let us|lass|i |we |ich |wir |(?:can|could|should|shall|will|do) (?:we|i)\b)",
    re.IGNORECASE,
)
"""What may be said to colleagues: “let's close it”, “I have to close it”."""
_PRONOUN = re.compile(
    rf"(?<![\w'-])(?:it|this one|this|that|them|{DETERMINER} {ISSUE_NOUN}|es|das|den|die|dem|ihn|sie|ihm)(?![\w'-])",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:that one|the other(?: one)?|the latter|das andere|dem anderen|den anderen)\b", re.IGNORECASE
)
_UNCLEAR_PRONOUN = re.compile(
    r"(?:drop|release|remove|delete|cancel|give up|let go of|start|stop|pause|end|kill|take|grab|open|clear|unset|nimm|lösche?"
    r"|entferne?|streiche?) (?:it|that|this|them|es|das|ihn|sie|die|den)(?: (?:now|out|off|away|back|again|raus|weg))?\Z",
    re.IGNORECASE,
)
"""What may be meant of the issue, or of what was said to be wrong with it."""
_FIELD = re.compile(
    r"\b(due date|deadline|priority|prio|fix version|story points|estimate|severity|assignee"
    r"|priorität|fälligkeit|fälligkeitsdatum|schätzung)\b",
    re.IGNORECASE,
)
_SET_IT = re.compile(
    r"(?:set|change|put|make|move|update|switch|setz|setze|änder|ändere|stell|stelle) (?:it|that|sie|es|das|ihn|die) (?:to|auf|in) (\S.*)",
    re.IGNORECASE,
)
_DUPLICATE = re.compile(r"\b(?:duplicates?|dupes?|duplikat|doppelt|dublette|same as|dasselbe)\b", re.IGNORECASE)
"""A reason for which issues are closed otherwise than as done."""
_IT = re.compile(r"(?:it|es)\b|(?:this|that|das)(?:'s| is| was| ist| war)\b", re.IGNORECASE)
_DONE = re.compile(
    r"\b(?:done|finished|ready|closed|fixed|resolved|complete\w*|fertig|erledigt|behoben|gelöst)\b", re.IGNORECASE
)
_DATED = ("due ", "sprint ", "log ")

Understand = Callable[[str], str | None]
"""Returns the command that one clause asks for, if it is one that a clause may ask for."""


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    is_question: bool
    asks: bool

    @property
    def core(self) -> str:
        return read_request(self.text).core


def has_break(text: str) -> bool:
    """Return whether a text may have several clauses: most have one, and need not be taken apart."""
    return _BREAK.search(straight_line(text, MAX_TEXT)) is not None


def combine_clauses(text: str, understand: Understand) -> str | None:
    """Return the command that the only request among several clauses stands for; None if that is not certain."""
    clauses, keys = _read(text)
    requests = [clause for clause in clauses if clause.asks]
    if len(requests) != 1 or len(keys) > 2:
        return None
    request = requests[0]
    others = [clause for clause in clauses if clause is not request]
    is_polite = _POLITE.match(_polite_part(request.text)) is not None
    if (request.is_question and not is_polite) or any(clause.is_question for clause in others):
        return None
    if _is_confirmation(request):
        return _confirm(request, others, understand) if len(others) == 1 else None
    place = clauses.index(request)
    sides = ((clause, Side.BEFORE if n < place else Side.AFTER) for n, clause in enumerate(clauses) if n != place)
    explained = all(is_explanation(clause.text, side, VERBS) for clause, side in sides)
    command = _resolve(request, keys, [clause.text for clause in others], understand) if explained else None
    is_of_it = command is not None and " it" in command and not keys
    if command is None or _contradicts(command, others) or (is_of_it and not _are_of_it(others)):
        return None
    return command


def _are_of_it(others: Sequence[_Clause]) -> bool:
    """Return whether all clauses are about what was shown last, which is not named in any of them."""
    return all(_IT.match(clause.text) for clause in others)


def asked_in_clauses(text: str, understand: Understand) -> tuple[str, ...]:
    """Return the command of the only request among several clauses, which may be offered whatever the others say."""
    clauses, keys = _read(text)
    requests = [clause for clause in clauses if clause.asks]
    if len(requests) != 1 or len(keys) != 1 or is_denying(text):
        return ()
    others = [clause.text for clause in clauses if not clause.asks]
    is_call = any(len(other.split()) <= 2 for other in others)
    command = None if is_call else _resolve(requests[0], keys, others, understand)
    return (command,) if command else ()


def _read(text: str) -> tuple[list[_Clause], list[str]]:
    """Return the clauses that do not only greet or thank, and the issues that are named; none if it is one text."""
    core = straight_line(text, MAX_TEXT)
    if len(core) > MAX_TEXT or _QUOTES.search(core):
        return [], []
    clauses = [clause for clause in _split(core) if not is_courtesy(clause.text)]
    targets = filter(None, map(parse_target, core.split()))
    return (clauses if 1 < len(clauses) <= MAX_CLAUSES else []), list(dict.fromkeys(each.text for each in targets))


def _split(core: str) -> Iterator[_Clause]:
    start = 0
    for found in (*_BREAK.finditer(core), None):
        end = found.start() if found else len(core)
        text = core[start:end].strip(" ,.!;")
        if text:
            is_question = found is not None and "?" in (found["end"] or "")
            yield _Clause(text, is_question, _asks(text))
        start = found.end() if found else end


def _polite_part(text: str) -> str:
    """Return a clause from “can you” on: `please can you`, `then can you`."""
    return re.sub(
        r"\A(?:(?:please|pls|bitte|so|and|then|dann|und|also|hi|hey|hello|hallo|bot|jira) )+",
        "",
        text,
        flags=re.IGNORECASE,
    )


def _asks(text: str) -> bool:
    """Return whether a clause asks for something to be done, of the bot and nobody else."""
    if _UNCLEAR.match(text):
        return False
    if _POLITE.match(_polite_part(text)):
        return True
    core = read_request(text).core
    words = core.casefold().split()
    if _NOUN_FIRST.match(core):
        return False
    return _PASSIVE.match(core) is not None or (bool(words) and (words[0] in VERBS or words[-1] in INFINITIVES))


def _is_confirmation(request: _Clause) -> bool:
    return bool(commands_for_confirmation(_bare(request)))


def _bare(request: _Clause) -> str:
    """Return a clause without the courtesy before and in it."""
    return PARTICLES.sub(
        "",
        re.sub(
            r"\A(?:(?:kannst|magst)(?: du)?|du (?:kannst|darfst)|sie (?:können|dürfen)) ",
            "",
            request.core,
            flags=re.IGNORECASE,
        ),
    )


def _confirm(request: _Clause, others: Sequence[_Clause], understand: Understand) -> str | None:
    """Return the command that what is said of an issue stands for, as the request is to do just that."""
    fact = others[0].text
    if is_doubtful(fact) or is_about_a_later_time(fact):
        return None
    kinds = commands_for_confirmation(_bare(request))
    stated = [
        *suggest_commands(read_request(fact)),
        *filter(None, [None if is_denying(fact) else understand(fact)]),
    ]
    fitting = [command for command in stated if command.startswith(tuple(f"{kind} " for kind in kinds))]
    return fitting[0] if fitting else None


def _resolve(request: _Clause, keys: Sequence[str], others: Sequence[str], understand: Understand) -> str | None:
    """Return the command of a request whose issue it names itself, by a pronoun, or not at all."""
    core = _bare(request)
    if is_denying(core) or is_doubtful(core):
        return None
    if not keys or any(map(parse_target, core.split())):
        commands = [understand(_other_named(core, keys))]
    else:
        commands = list(_with_key(core, keys, others, understand))
    distinct = {command for command in commands if command}
    command = distinct.pop() if len(distinct) == 1 else None
    if command and command.startswith("log "):
        return None  # what follows may be its note
    is_dated = command is not None and (command.startswith(_DATED) or _FIELD.search(command) is not None)
    return None if command and is_about_a_later_time(core) and not is_dated else command


def _other_named(core: str, keys: Sequence[str]) -> str:
    return _OTHER.sub(keys[1], core) if len(keys) > 1 else core


def _with_key(
    core: str, keys: Sequence[str], others: Sequence[str], understand: Understand
) -> Iterator[str | None]:
    """Yield the commands of a request that names no issue, with the issue that another clause names."""
    if len(keys) > 1 and not _OTHER.search(core):
        return
    field = next(filter(None, map(_FIELD.search, others)), None)
    value = _SET_IT.fullmatch(core)
    if field and value:
        named = field[1].casefold()
        yield f"assign {keys[0]} {value[1]}" if named == "assignee" else f"edit {keys[0]} {named} {value[1]}"
        return
    elliptic = fill_ellipsis(core, keys[0])
    if elliptic:
        yield elliptic
        return
    if _UNCLEAR_PRONOUN.match(core):
        return
    if (
        _PASSIVE.match(core)
        and not _IT.match(core)
        and not core.casefold().startswith(("this", "that", "das", "dies"))
    ):
        yield understand(f"{keys[0]} {core}")
        return
    named_other = _other_named(core, keys)
    for pronoun in list(_PRONOUN.finditer(named_other))[:MAX_PRONOUNS]:
        yield understand(f"{named_other[: pronoun.start()]}{keys[0]}{named_other[pronoun.end() :]}")


def _contradicts(command: str, others: Sequence[_Clause]) -> bool:
    """Return whether the reason is one against the request, or one for another way to do it."""
    is_done = command.startswith("move ") and command.endswith((" done", " closed", " resolved"))
    denied = any(is_denying(clause.text) and _DONE.search(clause.text) for clause in others)
    return is_done and (denied or any(_DUPLICATE.search(clause.text) for clause in others))

"""link: connect two issues, in the words that Jira itself uses for it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError, SurplusWordsError
from bot.commands.forms.parsing.matching import normalise_name
from bot.commands.issue_lookup import IssueHandle, require_visible
from bot.commands.request import Reply
from bot.commands.text_input import Target, is_it, parse_target
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import LinkType
from bot.language import mark, tr

DEFAULT_PHRASE = "relates to"
_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("", "to", "and", "with", "is related to", "und", "mit", "zu"), DEFAULT_PHRASE),
    **dict.fromkeys(("duplicate of", "is duplicate of", "is a duplicate of", "is a dupe of"), "duplicates"),
    **dict.fromkeys(("depends on", "waits for", "requires", "needs", "hängt ab von"), "is blocked by"),
    "blockiert": "blocks",
}
"""How people put what Jira calls otherwise."""
MIN_TYPO_LENGTH = 4
"""Letters of a word in which a typo is recognised."""
MIN_SIMILARITY = 0.75
MAX_SHOWN_WORDS = 60


@issue_command(
    "link PROJ-12 blocks PROJ-13",
    mark("Link two issues."),
    examples=("link PROJ-12 blocks PROJ-13", "link PROJ-12 is blocked by PROJ-13"),
)
async def link(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Link the issue to the one that the text ends with; the words between them name the type of link."""
    words = text.split()
    other = await _other_key(ctx, issue, words[-1]) if words else ""
    _refuse_surplus(words)
    if not other:
        raise CommandError(tr("Enter a link type and an issue, like “link {key} blocks PROJ-13”.", key=issue.key))
    try:
        link_types = await issue.jira.link_types()
    except NotFoundOrForbiddenError:
        raise CommandError(tr("Issue links are turned off in this Jira.")) from None
    phrase = " ".join(words[:-1]).casefold()
    phrase = _SYNONYMS.get(phrase, phrase)
    match = match_link_type(phrase, link_types)
    if match is None:
        raise _choose(issue.key, other, phrase, link_types)
    link_type, outward = match
    first, second = (issue.key, other) if outward else (other, issue.key)
    try:
        await issue.jira.link(first, link_type, second)
    except NotFoundOrForbiddenError:
        await require_visible(issue.jira, first, second)
        raise
    direction = link_type.outward if outward else link_type.inward
    return await ctx.cards.after_write(issue, f"{issue.key} {direction} {other}.")


def _refuse_surplus(words: Sequence[str]) -> None:
    """Raise `SurplusWordsError` for words after the second issue, or for a third one."""
    named = [index for index, word in enumerate(words) if parse_target(word)]
    if named and named[-1] < len(words) - 1:
        raise SurplusWordsError("link", " ".join(words[named[-1] + 1 :]))
    if len(named) > 1:
        raise SurplusWordsError("link", words[named[0]])


async def _other_key(ctx: Context, issue: IssueHandle, word: str) -> str:
    """Return the key of the second issue; empty if the word names none."""
    last = await ctx.issues.last_shown() if is_it(word) else None
    target = Target(last.key, last.jira.site.origin) if last else parse_target(word)
    return await ctx.issues.key_on_same_site(issue, target) if target else ""


def _choose(key: str, other: str, phrase: str, link_types: Sequence[LinkType]) -> ChooseError:
    phrases = [name for link_type in link_types for name in (link_type.outward, link_type.inward) if name]
    return ChooseError(
        tr("Jira has no link type called “{words}”. Choose one:", words=phrase[:MAX_SHOWN_WORDS]),
        [(f"{name} {other}", f"link {key} {name} {other}") for name in dict.fromkeys(phrases)],
    )


def match_link_type(phrase: str, link_types: Sequence[LinkType]) -> tuple[LinkType, bool] | None:
    """Return the link type that a phrase means, and whether it is its outward phrase; None if that is not certain.

    The first test that any known phrase passes decides: equal; equal but for its end (“is blocked”); equal but for
    typos. “is duplicate of” looks like “is duplicated by”, and means the other direction.
    """
    known = {normalise_name(link_type.inward): (link_type, False) for link_type in link_types}
    known |= {normalise_name(link_type.name): (link_type, True) for link_type in link_types}
    known |= {normalise_name(link_type.outward): (link_type, True) for link_type in link_types}
    text = normalise_name(phrase)
    tests = (
        lambda name: text in (name, name.removeprefix("is ")),
        lambda name: name.startswith(f"{text} "),
        lambda name: _differs_by_typos(text, name) or _differs_by_typos(text, name.removeprefix("is ")),
    )
    for test in tests:
        matches = list(dict.fromkeys(match for name, match in known.items() if test(name)))
        if matches:
            return matches[0] if len(matches) == 1 else None
    return None


def _differs_by_typos(text: str, phrase: str) -> bool:
    """Return whether all words are equal, or similar where both are long."""
    pairs = zip_longest(text.split(), phrase.split(), fillvalue="")
    return all(a == b or (min(len(a), len(b)) >= MIN_TYPO_LENGTH and _are_similar(a, b)) for a, b in pairs)


def _are_similar(word: str, other: str) -> bool:
    return bool(difflib.get_close_matches(word[:40], [other], cutoff=MIN_SIMILARITY))

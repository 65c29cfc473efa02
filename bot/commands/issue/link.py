"""link: one issue to another, in the words that Jira itself uses for it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import zip_longest

from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.forms.parsing.matching import plain
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.commands.text_input import Target, as_target, is_it
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import LinkType
from bot.language import mark, tr


async def link(ctx: Context, arguments: str) -> Reply:
    """`PROJ-12 blocks PROJ-13`: the words between the issues are a link type's, from either end."""
    issue, rest = await ctx.issues.parse(arguments)
    words = rest.split()
    other = await _other(ctx, issue, words[-1]) if words else ""
    if not other:
        raise CommandError(tr("Say how and to what, like “link {key} blocks PROJ-13”.", key=issue.key))
    try:
        kinds = await issue.jira.link_types()
    except NotFoundOrForbiddenError:
        raise CommandError(tr("Links between issues are switched off in this Jira.")) from None
    said = " ".join(words[:-1]) or "relates to"
    fitting = fit(said, kinds)
    if fitting is None:
        phrases = dict.fromkeys(phrase for kind in kinds for phrase in (kind.outward, kind.inward) if phrase)
        raise ChooseError(
            tr("Jira has no link called “{words}”. Choose one:", words=said[:60]),
            [(f"{phrase} {other}", f"link {issue.key} {phrase} {other}") for phrase in phrases],
        )
    kind, outward = fitting
    ends = (issue.key, other) if outward else (other, issue.key)
    await issue.jira.link(ends[0], kind, ends[1])
    return await ctx.cards.after_write(issue, f"{issue.key} {kind.outward if outward else kind.inward} {other}.")


async def _other(ctx: Context, issue: IssueRef, word: str) -> str:
    """The key of the second issue; empty if none is named."""
    it = await ctx.issues.last_shown() if is_it(word) else None
    target = Target(it.key, it.jira.site.origin) if it else as_target(word)
    return await ctx.issues.key_on_same_site(issue, target) if target else ""


def fit(said: str, kinds: Sequence[LinkType]) -> tuple[LinkType, bool] | None:
    """The link type that the words mean, and whether they are its outward ones; None if that is not certain.

    The first of these tests that any phrase passes decides: equal; all of it but its end (“is blocked”); a slip in
    its words. “is duplicate of” is near “is duplicated by”, and means the other direction.
    """
    phrases = {plain(kind.inward): (kind, False) for kind in kinds}
    phrases |= {plain(kind.name): (kind, True) for kind in kinds}
    phrases |= {plain(kind.outward): (kind, True) for kind in kinds}
    text = plain(said)
    tests = (
        lambda phrase: text in (phrase, phrase.removeprefix("is ")),
        lambda phrase: phrase.startswith(f"{text} "),
        lambda phrase: _is_slip(text, phrase) or _is_slip(text, phrase.removeprefix("is ")),
    )
    for test in tests:
        found = list(dict.fromkeys(meant for phrase, meant in phrases.items() if test(phrase)))
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _is_slip(text: str, phrase: str) -> bool:
    """Whether the words are those of a phrase, one by one, but for letters in the long ones."""
    pairs = list(zip_longest(text.split(), phrase.split(), fillvalue=""))
    return all(a == b or (min(len(a), len(b)) > 3 and _alike(a, b)) for a, b in pairs)


def _alike(word: str, other: str) -> bool:
    return bool(difflib.get_close_matches(word[:40], [other], cutoff=0.75))


LINK = Command(
    "link",
    "link PROJ-12 blocks PROJ-13",
    mark("Link two issues."),
    link,
    ("link PROJ-12 blocks PROJ-13", "link PROJ-12 is blocked by PROJ-13"),
    takes_issue=True,
)
COMMANDS = (LINK,)

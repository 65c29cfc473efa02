"""unlink: remove the link between two issues."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.command import issue_command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError, SurplusWordsError
from bot.commands.forms.parsing.matching import normalise_name
from bot.commands.issue_lookup import IssueHandle, require_visible
from bot.commands.request import Reply
from bot.commands.text_input import CONNECTIVES, parse_target
from bot.jira.models import IssueRef
from bot.language import mark, tr

_BETWEEN = CONNECTIVES | {"from", "to", "with", "von", "mit"}


@issue_command(
    "unlink PROJ-12 [blocks] PROJ-13",
    mark("Remove a link between issues."),
    examples=("unlink PROJ-12 PROJ-13", "unlink PROJ-12 blocks PROJ-13"),
)
async def unlink(ctx: Context, issue: IssueHandle, text: str) -> Reply:
    """Remove the only link between two issues, or the one of the named type."""
    phrase, other = await _parse_other(ctx, issue, text)
    links = [link for link in (await issue.jira.issue(issue.key)).links if link.key == other]
    if not links:
        await require_visible(issue.jira, other)
        if await ctx.cards.hides_content(issue):
            return await ctx.cards.show(issue)
        raise CommandError(tr("{key} has no link to {other}.", key=issue.key, other=other))
    matches = [link for link in links if not phrase or normalise_name(link.relation) == normalise_name(phrase)]
    if len(matches) != 1:
        if await ctx.cards.hides_content(issue):
            return await ctx.cards.show(issue)
        raise _choose(issue.key, other, matches or links)
    link = matches[0]
    await issue.jira.unlink(issue.key, link)
    notice = tr("Link removed: {key} {relation} {other}.", key=issue.key, relation=link.relation, other=other)
    return await ctx.cards.after_write(issue, notice)


async def _parse_other(ctx: Context, issue: IssueHandle, text: str) -> tuple[str, str]:
    """Return the words between the two issues, if any, and the key of the second."""
    words = text.split()
    if words and words[0].casefold() in _BETWEEN:
        words = words[1:]
    place = next((index for index, word in enumerate(words) if parse_target(word)), None)
    target = None if place is None else parse_target(words[place])
    if place is None or target is None:
        raise CommandError(
            tr("Enter two issues, like “unlink {key} PROJ-13”. Nothing was changed.", key=issue.key)
        )
    surplus = " ".join(words[place + 1 :])
    if surplus:
        raise SurplusWordsError("unlink", surplus)
    return " ".join(words[:place]), await ctx.issues.key_on_same_site(issue, target)


def _choose(key: str, other: str, links: Sequence[IssueRef]) -> ChooseError:
    return ChooseError(
        tr("{key} has several links to {other}. Which one should I remove?", key=key, other=other),
        [(f"{link.relation} {other}", f"unlink {key} {link.relation} {other}") for link in links],
    )

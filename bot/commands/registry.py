"""The visible list: what can be typed, and what can be pressed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache

from bot.commands import (
    account,
    assigning,
    creating,
    editing,
    forms,
    from_message,
    inviting,
    issues,
    linking,
    lists,
    moving,
    notifying,
    subscribing,
    subscription_editing,
)
from bot.commands import help as help_
from bot.commands.grammar import Command, Grammar
from bot.commands.model import Reply
from bot.commands.turn import IssueAt, Turn
from bot.language import tr


@cache
def grammar() -> Grammar:
    """The grammar of all commands."""
    return Grammar(COMMANDS)


COMMANDS: tuple[Command, ...] = (
    help_.helping(grammar),
    *account.COMMANDS,
    *issues.COMMANDS,
    *creating.COMMANDS,
    *editing.COMMANDS,
    *moving.COMMANDS,
    *assigning.COMMANDS,
    *linking.COMMANDS,
    *lists.COMMANDS,
    *inviting.COMMANDS,
    *subscribing.COMMANDS,
    *notifying.COMMANDS,
)

IssueVerb = Callable[[Turn, IssueAt, Mapping[str, str]], Awaitable[Reply]]
PlainVerb = Callable[[Turn], Awaitable[Reply]]

ISSUE_VERBS: Mapping[str, IssueVerb] = {
    "issue.show": lambda turn, at, data: turn.opened(at, data),
    "issue.move": lambda turn, at, data: moving.press(turn, at, data.get("transition", "")),
    "issue.assign": assigning.press,
    "issue.unassign": lambda turn, at, _data: assigning.to_account(turn, at, None, tr("Nobody is assigned now.")),
    "issue.comment": lambda turn, at, data: issues.add_comment(turn, at, data.get("comment", "")),
    "issue.watch": lambda turn, at, _data: issues.set_watching(turn, at, on=True),
    "issue.unwatch": lambda turn, at, _data: issues.set_watching(turn, at, on=False),
    "issue.vote": lambda turn, at, data: issues.set_vote(turn, at, on=data.get("vote") != "off"),
    "issue.log": lambda turn, at, data: issues.log_work(turn, at, data.get("time", "")),
    "issue.edit": lambda turn, at, _data: forms.edit(turn, at),
}
"""Buttons of an issue card: the issue is at hand when they run."""

PLAIN_VERBS: Mapping[str, PlainVerb] = {
    "account.connect": account.press_connect,
    **lists.VERBS,
    **inviting.VERBS,
    **creating.VERBS,
    **from_message.VERBS,
    **subscribing.VERBS,
    **subscription_editing.VERBS,
    **notifying.VERBS,
}
"""Buttons that concern no single issue."""

READING = frozenset(
    {
        "issue.show",
        "issue.edit",
        "list.page",
        "list.query",
        "account.connect",
        "form.open",
        "form.cancel",
        "form.choices",
        "subscription.edit",
        "subscription.show",
    }
)
"""Verbs that change nothing in Jira, so a repeated press is simply answered again."""

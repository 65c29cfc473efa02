"""The visible list: what can be typed, and what can be pressed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache

from bot.commands import help as help_
from bot.commands.account import connect, invite
from bot.commands.context import Context
from bot.commands.forms import builder
from bot.commands.issue import assign, basic, create, edit, from_message, link, search, transition
from bot.commands.issue_lookup import IssueRef
from bot.commands.parser import Command, Parser
from bot.commands.request import Reply
from bot.commands.subscriptions import edit as edit_subscription
from bot.commands.subscriptions import notify, subscribe
from bot.language import tr


@cache
def parser() -> Parser:
    """Return the parser of all commands."""
    return Parser(COMMANDS, show=basic.SHOW, move=transition.MOVE, several=search.SEVERAL, link=link.LINK)


COMMANDS: tuple[Command, ...] = (
    help_.helping(parser),
    *connect.COMMANDS,
    *basic.COMMANDS,
    *create.COMMANDS,
    *edit.COMMANDS,
    *transition.COMMANDS,
    *assign.COMMANDS,
    *link.COMMANDS,
    *search.COMMANDS,
    *invite.COMMANDS,
    *subscribe.COMMANDS,
    *notify.COMMANDS,
)

IssueVerb = Callable[[Context, IssueRef, Mapping[str, str]], Awaitable[Reply]]
PlainVerb = Callable[[Context], Awaitable[Reply]]

ISSUE_VERBS: Mapping[str, IssueVerb] = {
    "issue.show": lambda ctx, issue, data: ctx.cards.open(issue, data),
    "issue.move": lambda ctx, issue, data: transition.press(ctx, issue, data.get("transition", "")),
    "issue.assign": assign.press,
    "issue.unassign": lambda ctx, issue, _data: assign.to_account(ctx, issue, None, tr("Nobody is assigned now.")),
    "issue.comment": lambda ctx, issue, data: basic.add_comment(ctx, issue, data.get("comment", "")),
    "issue.watch": lambda ctx, issue, _data: basic.set_watching(ctx, issue, on=True),
    "issue.unwatch": lambda ctx, issue, _data: basic.set_watching(ctx, issue, on=False),
    "issue.vote": lambda ctx, issue, data: basic.set_vote(ctx, issue, on=data.get("vote") != "off"),
    "issue.log": lambda ctx, issue, data: basic.log_work(ctx, issue, data.get("time", "")),
    "issue.edit": lambda ctx, issue, _data: builder.edit(ctx, issue),
}
"""Buttons of an issue card: the issue is at hand when they run."""

PLAIN_VERBS: Mapping[str, PlainVerb] = {
    "account.connect": connect.press_connect,
    **search.VERBS,
    **invite.VERBS,
    **create.VERBS,
    **from_message.VERBS,
    **subscribe.VERBS,
    **edit_subscription.VERBS,
    **notify.VERBS,
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

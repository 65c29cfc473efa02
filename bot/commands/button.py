"""Buttons of cards, each declared above the handler of a press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.commands.context import Context
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply

Handler = Callable[[Context], Awaitable[Reply]]
IssueHandler = Callable[[Context, IssueHandle], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Button:
    """What a press of a card's button does. `verb` is the verb of its `Action.Execute`."""

    verb: str
    run: Handler = field(repr=False)
    on_issue: bool
    """Whether it stands on an issue's card, which then shows the outcome."""
    read_only: bool
    """Whether it changes nothing, so that a repeated press is simply answered again."""


def button(verb: str, *, read_only: bool = False) -> Callable[[Handler], Button]:
    """Declare a button that concerns no single issue."""

    def declare(handler: Handler) -> Button:
        return Button(verb, handler, on_issue=False, read_only=read_only)

    return declare


def issue_button(verb: str, *, read_only: bool = False) -> Callable[[IssueHandler], Button]:
    """Declare a button of an issue's card, above a handler that gets this issue."""

    def declare(handler: IssueHandler) -> Button:
        async def run(ctx: Context) -> Reply:
            return await handler(ctx, await ctx.issues.of_button())

        return Button(verb, run, on_issue=True, read_only=read_only)

    return declare

"""unsubscribe, pause, resume, and taking over a suspended subscription."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commands.button import Button, button
from bot.commands.command import Command, command
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.request import Reply
from bot.commands.subscriptions.checks import require_role, validate_project_and_jql, with_language_of
from bot.commands.subscriptions.describe import describe_issues, list_subscriptions
from bot.commands.subscriptions.subscribe import SHARED
from bot.language import mark, tr
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import ALL
from bot.notifications.subscriptions.repository import Subscriptions
from cards.messages import message_card
from cards.text import escape

MAX_SHOWN_PROJECT = 20
MAX_SHOWN_ISSUES = 1000
_FILLERS = re.compile(r"^(?:(?:from|to|project)\s+)+", re.IGNORECASE)

Change = Callable[[Subscriptions, str], Awaitable[object]]
"""Changes the subscription with this id."""


@dataclass(frozen=True, slots=True)
class _Sentences:
    """What is said if there is nothing to change, if several match, and when it is done."""

    none: str
    none_of: str
    which: str
    done: str


def _change_command(usage: str, effect: str, change: Change, sentences: _Sentences) -> Command:
    """Make a command that changes the subscription of one project, all of them, or the only one."""
    verb = usage.partition(" ")[0]

    @command(usage, effect, examples=(f"{verb} PROJ",), where=SHARED)
    async def run(ctx: Context, arguments: str) -> Reply:
        name = _FILLERS.sub("", arguments.strip()).casefold()
        here = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
        named = [each for each in here if not name or name in _names(each)]
        every = name in ALL and not named
        chosen = here if every else named
        if not chosen:
            project = name[:MAX_SHOWN_PROJECT].upper()
            raise CommandError(
                tr(sentences.none_of, project=project) if name and not every else tr(sentences.none)
            )
        if len(chosen) > 1 and not every:
            choices = [(describe_issues(each), f"{verb} {each.id}") for each in chosen]
            raise ChooseError(tr(sentences.which), choices)
        await require_role(ctx)
        for subscription in chosen:
            await change(ctx.notifications.subscriptions, subscription.id)
        what = ", ".join(map(describe_issues, chosen))
        return Reply(text=tr(sentences.done, what=escape(what, MAX_SHOWN_ISSUES)))

    return run


def _names(subscription: Subscription) -> set[str]:
    """Return what a subscription may be called when it is typed."""
    names = (subscription.project, subscription.id, describe_issues(subscription))
    return {name.casefold() for name in names if name}


unsubscribe = _change_command(
    "unsubscribe [PROJ | all]",
    mark("Remove a subscription."),
    Subscriptions.remove,
    _Sentences(
        mark("No subscriptions here."),
        mark("No subscription for {project} here."),
        mark("Which subscription should I remove?"),
        mark("Unsubscribed: {what}."),
    ),
)
pause = _change_command(
    "pause [PROJ | all]",
    mark("Pause a subscription."),
    Subscriptions.pause,
    _Sentences(
        mark("No active subscriptions here."),
        mark("No active subscription for {project} here."),
        mark("Which subscription should I pause?"),
        mark("Paused: {what}."),
    ),
)
resume = _change_command(
    "resume [PROJ | all]",
    mark("Resume a subscription."),
    Subscriptions.resume,
    _Sentences(
        mark("No paused subscriptions here."),
        mark("No paused subscription for {project} here."),
        mark("Which subscription should I resume?"),
        mark("Resumed: {what}."),
    ),
)


def _change_button(verb: str, change: Change) -> Button:
    """Make a button that changes a subscription of the conversation in which it is pressed."""

    @button(verb)
    async def run(ctx: Context) -> Reply:
        subscription_id = ctx.signed.get("subscription", "")
        here = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
        if any(each.id == subscription_id for each in here):
            await require_role(ctx)
            await change(ctx.notifications.subscriptions, subscription_id)
        reply = await list_subscriptions(ctx)
        return replace(reply, shared=reply.card)

    return run


press_pause = _change_button("subscription.pause", Subscriptions.pause)
press_resume = _change_button("subscription.resume", Subscriptions.resume)
press_remove = _change_button("subscription.remove", Subscriptions.remove)


@button("subscription.takeover")
async def press_takeover(ctx: Context) -> Reply:
    """Transfer suspended subscriptions of this conversation to the presser, who must have access in Jira."""
    await ctx.session.account()
    await require_role(ctx)
    suspended = await _suspended(ctx, ctx.signed)
    if not suspended:
        raise CommandError(
            tr("There are no subscriptions to take over. Type “subscriptions” to see what's active here.")
        )
    for subscription in suspended:
        jira = await ctx.session.client(subscription.cloud_id)
        await validate_project_and_jql(jira, subscription.project, subscription.jql)
    for subscription in suspended:
        conversation = with_language_of(ctx.request, subscription.conversation)
        taken = replace(subscription, conversation=conversation)
        await ctx.notifications.subscriptions.take_over(taken, ctx.request.person)
    text = _taken_over(ctx, suspended)
    if "listed" in ctx.signed:
        reply = await list_subscriptions(ctx, notice=text)
        return replace(reply, shared=reply.card)
    card = message_card(text, tone="good")
    return Reply(card=card, shared=card, summary=text)


async def _suspended(ctx: Context, data: Mapping[str, str]) -> list[Subscription]:
    """Return the suspended subscriptions of this conversation that a button names."""
    ids = data.get("subscription", "").split(",")
    here = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
    return [each for each in here if each.suspended and each.id in ids]


def _taken_over(ctx: Context, subscriptions: Sequence[Subscription]) -> str:
    what = ", ".join(dict.fromkeys(map(describe_issues, subscriptions)))
    if ctx.request.name:
        return tr("Updates are back: {name} took over {what}.", name=ctx.request.name, what=what)
    return tr("Updates are back: someone took over {what}.", what=what)

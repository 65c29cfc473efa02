"""subscribe, subscriptions: what a channel or group chat is notified about."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.chat.identity import Scope
from bot.commands.button import button
from bot.commands.command import command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.request import Reply
from bot.commands.subscriptions.checks import require_role, validate_project_and_jql, with_language_of
from bot.commands.subscriptions.describe import describe_events, describe_issues, list_subscriptions
from bot.commands.subscriptions.service import (
    explain_service_account,
    record_service_use,
    require_service_account,
)
from bot.jira.jql import clean_query
from bot.jira.webhooks.model import Topic
from bot.language import mark, tr
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeError, SubscribeRequest, check_jql, parse_subscribe
from cards.messages import message_card
from cards.text import escape

SHARED = frozenset({Scope.CHANNEL, Scope.GROUP})
MAX_SHOWN_JQL = 1000
MAX_SHOWN_ISSUES = 300


@command(
    "subscribe PROJ [events] [where <JQL>]",
    mark("Get a project's updates in this channel."),
    examples=("subscribe PROJ", "subscribe PROJ created, commented where priority = High"),
    where=SHARED,
    writes_words=True,
)
async def subscribe(ctx: Context, arguments: str) -> Reply:
    """Subscribe this conversation to a project, after Jira has accepted the project and the query."""
    try:
        parsed = parse_subscribe(clean_query(arguments))
    except SubscribeError as error:
        raise CommandError(str(error)) from None
    jira = await ctx.session.client()
    await require_role(ctx)
    project_name = await validate_project_and_jql(jira, parsed.project, parsed.jql)
    owner = ctx.request.person
    if parsed.as_service:
        restricted = parsed.including_restricted
        account = await require_service_account(ctx, jira.site, parsed.project, including_restricted=restricted)
        owner = account.owner
    subscription = await ctx.notifications.subscriptions.create(
        with_language_of(ctx.request, ctx.request.conversation), owner, jira.site, parsed, now=time.time()
    )
    text = _confirmation(subscription, project_name)
    if parsed.as_service:
        await record_service_use(ctx, subscription)
        text = f"{text}\n\n{explain_service_account(account, jira.site)}"
    return Reply(text=text)


def _confirmation(subscription: Subscription, project_name: str) -> str:
    """Say, as Markdown, what notifications there will be."""
    if not subscription.project:
        return tr(
            "You'll get updates here for {what}: {events}. Type “subscriptions” to manage.",
            what=escape(describe_issues(subscription), MAX_SHOWN_JQL),
            events=_describe_extent(replace(subscription, jql="")),
        )
    return tr(
        "You'll get updates here for **{name}** ({project}): {what}. Type “subscriptions” to manage.",
        name=escape(project_name),
        project=escape(subscription.project),
        what=_describe_extent(subscription),
    )


def _describe_extent(subscription: Subscription) -> str:
    """Say, as Markdown, which events of which issues."""
    events, jql = describe_events(subscription), escape(subscription.jql, MAX_SHOWN_JQL)
    match bool(jql), subscription.including_restricted:
        case True, True:
            return tr("{events}, where {jql}, including restricted issues", events=events, jql=jql)
        case True, False:
            return tr("{events}, where {jql}", events=events, jql=jql)
        case False, True:
            return tr("{events}, including restricted issues", events=events)
        case _:
            return events


@button("subscription.make")
async def press_subscribe(ctx: Context) -> Reply:
    """Subscribe this conversation to new issues that the query of a list finds."""
    jql = ctx.signed.get("jql", "")
    require_valid_jql(jql)
    jira = await ctx.session.client(ctx.signed.get("site", ""))
    await require_role(ctx)
    await validate_project_and_jql(jira, "", jql)
    subscription = await ctx.notifications.subscriptions.create(
        with_language_of(ctx.request, ctx.request.conversation),
        ctx.request.person,
        jira.site,
        SubscribeRequest("", frozenset({Topic.CREATED}), jql),
        now=time.time(),
    )
    text = tr(
        "You'll get updates here for {what}: {events}. Type “subscriptions” to manage.",
        what=describe_issues(subscription)[:MAX_SHOWN_ISSUES],
        events=describe_events(subscription),
    )
    card = message_card(text, tone="good", suggestions=["subscriptions"])
    return Reply(card=card, shared=card, summary=text)


def require_valid_jql(jql: str, *, required: bool = True) -> None:
    """Raise `CommandError` if a subscription cannot have this query."""
    if not jql and required:
        raise CommandError(tr("Enter a JQL query."))
    try:
        if jql:
            check_jql(jql)
    except SubscribeError as error:
        raise CommandError(str(error)) from None


@command("subscriptions", mark("Show this channel's subscriptions."), where=SHARED, read_only=True)
async def subscriptions(ctx: Context, _arguments: str) -> Reply:
    """List the conversation's subscriptions."""
    return await list_subscriptions(ctx)


@button("subscription.show", read_only=True)
async def press_show(ctx: Context) -> Reply:
    """List the conversation's subscriptions, in place of a form."""
    return await list_subscriptions(ctx)

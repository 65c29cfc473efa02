"""subscribe, subscriptions, unsubscribe, pause, resume: what a channel or group chat is told."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat.identity import Conversation, Scope
from bot.commands.context import Context
from bot.commands.errors import ChooseError, CommandError
from bot.commands.parser import Command
from bot.commands.permissions import may_subscribe
from bot.commands.request import Reply, Request
from bot.commands.text_input import straight
from bot.jira.client import JiraClient
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.jql import locate_error
from bot.jira.webhooks.model import Topic
from bot.language import mark, tr, trn
from bot.notifications.outbox.suspension import SuspensionReason
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import ALL, SubscribeError, parse_subscribe
from cards.messages import message_card
from cards.notification import SubscriptionRow, subscriptions_card
from cards.text import escape

SHARED = frozenset({Scope.CHANNEL, Scope.GROUP})


async def subscribe(ctx: Context, arguments: str) -> Reply:
    """Tell this conversation what happens in a project. The project and the query are checked with Jira first."""
    try:
        wish = parse_subscribe(straight(arguments))
    except SubscribeError as error:
        raise CommandError(str(error)) from None
    jira = await ctx.session.client()
    await demand_role(ctx)
    name = await checked(jira, wish.project, wish.jql)
    made = await ctx.notifications.subscriptions.create(
        told_by(ctx.request, ctx.request.conversation), ctx.request.person, jira.site, wish, now=time.time()
    )
    return Reply(text=_heard(made, name))


def _heard(made: Subscription, name: str) -> str:
    """What is told from now on, as Markdown. `name` is the project's, if it is about one."""
    if not made.project:
        return tr(
            "This conversation now hears of {what}: {events}. “subscriptions” shows and changes what is told.",
            what=escape(what_of(made), 1000),
            events=_extent(replace(made, jql="")),
        )
    return tr(
        "This conversation now hears of **{name}** ({project}): {what}."
        " “subscriptions” shows and changes what is told.",
        name=escape(name),
        project=escape(made.project),
        what=_extent(made),
    )


def told_by(request: Request, place: Conversation) -> Conversation:
    """`place`, to be told things in the language of who asked for them."""
    return replace(place, language=request.locale[:35] or place.language)


def _extent(made: Subscription) -> str:
    """Which events of which issues, as Markdown."""
    events, jql = events_of(made), escape(made.jql, 1000)
    match bool(jql), made.including_restricted:
        case True, True:
            return tr("{events}, where {jql}, including restricted issues", events=events, jql=jql)
        case True, False:
            return tr("{events}, where {jql}", events=events, jql=jql)
        case False, True:
            return tr("{events}, including restricted issues", events=events)
        case _:
            return events


async def checked(jira: JiraClient, project: str, jql: str) -> str:
    """The project's name, after Jira has taken project and query from this person."""
    try:
        name = await jira.project_name(project) if project else ""
    except NotFoundOrForbiddenError:
        raise CommandError(
            tr(
                "There is no project {project} on {site}, or your Jira account may not see it.",
                project=project,
                site=jira.site.name,
            )
        ) from None
    wrong = await jira.queries.errors(jql) if jql else ()
    if wrong:
        raise CommandError(misunderstood(jql, wrong))
    return name


def misunderstood(jql: str, wrong: Sequence[str]) -> str:
    """What Jira says of a query, and the place that it speaks of."""
    told = tr("Jira does not understand that query: {reasons}", reasons=" ".join(wrong))
    blamed = locate_error(jql, wrong)
    return " ".join((told, tr("It is here: {query}", query=blamed.shorten()))) if blamed else told


async def demand_role(ctx: Context) -> None:
    """Raises `CommandError` for those who may not choose what this conversation is told."""
    request, needed = ctx.request, ctx.notifications.subscribe_role
    role = await ctx.roster.role(request.person, request.conversation)
    if not may_subscribe(role, request.conversation, needed):
        if needed == "owner":
            raise CommandError(tr("Only the owners of this team choose what is told here."))
        raise CommandError(tr("Only members of this team choose what is told here."))


async def subscriptions(ctx: Context, _arguments: str = "", *, notice: str = "") -> Reply:
    """List them, each with its buttons."""
    found = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
    card = subscriptions_card([_row(s) for s in found], sign=ctx.sign, notice=notice)
    return Reply(card=card, summary=trn("{count} subscription", "{count} subscriptions", len(found)))


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of one of the changes: there is nothing to change, several things, and it is done."""

    none: str
    none_of: str
    which: str
    done: str


_SAID = {
    "pause": _Words(
        mark("No subscription here to pause."),
        mark("No subscription here to pause for {project}."),
        mark("Which one shall I pause?"),
        mark("Paused: {what}."),
    ),
    "resume": _Words(
        mark("No subscription here to resume."),
        mark("No subscription here to resume for {project}."),
        mark("Which one shall I resume?"),
        mark("Resumed: {what}."),
    ),
    "unsubscribe": _Words(
        mark("No subscription here to unsubscribe."),
        mark("No subscription here to unsubscribe for {project}."),
        mark("Which one shall I unsubscribe?"),
        mark("Unsubscribed: {what}."),
    ),
}


_TOWARDS = re.compile(r"^(?:(?:from|to|project)\s+)+", re.IGNORECASE)


def changing(verb: str) -> Callable[[Context, str], Awaitable[Reply]]:
    """The typed form of pause, resume and unsubscribe: for one project, for all, or the only subscription."""
    said = _SAID[verb]

    async def run(ctx: Context, arguments: str) -> Reply:
        found = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
        wanted = _TOWARDS.sub("", arguments.strip()).casefold()
        fitting = [s for s in found if not wanted or wanted in _names(s)]
        every = wanted in ALL and not fitting
        chosen = found if every else fitting
        if not chosen:
            raise CommandError(
                tr(said.none_of, project=wanted[:20].upper()) if wanted and not every else tr(said.none)
            )
        if len(chosen) > 1 and not every:
            raise ChooseError(tr(said.which), [(what_of(s), f"{verb} {s.id}") for s in chosen])
        await demand_role(ctx)
        for one in chosen:
            await _apply(ctx, verb, one.id)
        return Reply(text=tr(said.done, what=escape(", ".join(map(what_of, chosen)), 1000)))

    return run


def _names(subscription: Subscription) -> set[str]:
    """What it may be called when it is typed."""
    return {name.casefold() for name in (subscription.project, subscription.id, what_of(subscription)) if name}


def pressed(verb: str) -> Callable[[Context], Awaitable[Reply]]:
    """The button form: only subscriptions of the conversation in which the button is pressed can be changed."""

    async def run(ctx: Context) -> Reply:
        data: Mapping[str, str] = ctx.data
        found = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
        if any(s.id == data.get("subscription") for s in found):
            await demand_role(ctx)
            await _apply(ctx, verb, data["subscription"])
        reply = await subscriptions(ctx, "")
        return Reply(card=reply.card, shared=reply.card, summary=reply.summary)

    return run


async def press_takeover(ctx: Context) -> Reply:
    """Go on with suspended subscriptions of this conversation as the presser, who has to see what they tell."""
    data: Mapping[str, str] = ctx.data
    await ctx.session.account()
    await demand_role(ctx)
    here = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
    wanted = [s for s in here if s.suspended and s.id in data.get("subscription", "").split(",")]
    if not wanted:
        raise CommandError(tr("Nothing is left to take over: “subscriptions” shows what is told here."))
    for subscription in wanted:
        jira = await ctx.session.client(subscription.cloud_id)
        await checked(jira, subscription.project, subscription.jql)
    for subscription in wanted:
        theirs = replace(subscription, conversation=told_by(ctx.request, subscription.conversation))
        await ctx.notifications.subscriptions.take_over(theirs, ctx.request.person)
    what = ", ".join(dict.fromkeys(map(what_of, wanted)))
    if ctx.request.name:
        words = tr("{name} has taken over: {what} is told here again.", name=ctx.request.name, what=what)
    else:
        words = tr("Somebody has taken over: {what} is told here again.", what=what)
    if "listed" in data:
        listed = await subscriptions(ctx, notice=words)
        return replace(listed, shared=listed.card)
    card = message_card(words, tone="good")
    return Reply(card=card, shared=card, summary=words)


async def _apply(ctx: Context, verb: str, subscription_id: str) -> None:
    table = ctx.notifications.subscriptions
    await {"pause": table.pause, "resume": table.resume, "unsubscribe": table.remove}[verb](subscription_id)


def _row(subscription: Subscription) -> SubscriptionRow:
    events = events_of(subscription)
    if subscription.including_restricted:
        events = tr("{events}, including restricted issues", events=events)
    return SubscriptionRow(
        id=subscription.id,
        what=what_of(subscription),
        events=events,
        paused=subscription.paused,
        problem=tr(_STOPPED[SuspensionReason(subscription.suspended)]) if subscription.suspended else "",
    )


_STOPPED = {
    SuspensionReason.NOT_CONNECTED: mark("The person who subscribed has disconnected Jira."),
    SuspensionReason.REVOKED: mark("Jira has ended the connection of the person who subscribed."),
    SuspensionReason.SCOPE: mark("The Jira connection of the person who subscribed does not cover it."),
    SuspensionReason.NO_ACCESS: mark("The person who subscribed may not see it in Jira any more."),
    SuspensionReason.QUERY: mark("Jira no longer accepts its query."),
}


def what_of(subscription: Subscription) -> str:
    project, jql = subscription.project, subscription.jql
    if project:
        return tr("{project} where {jql}", project=project, jql=jql) if jql else project
    return tr("all projects where {jql}", jql=jql) if jql else tr("all projects")


def events_of(subscription: Subscription) -> str:
    return ", ".join(tr(EVENTS[topic]) for topic in sorted(subscription.topics))


EVENTS = {
    Topic.CREATED: mark("created"),
    Topic.UPDATED: mark("updated"),
    Topic.COMMENTED: mark("commented on"),
    Topic.ASSIGNED: mark("assigned"),
    Topic.TRANSITIONED: mark("transitioned"),
    Topic.RESOLVED: mark("resolved"),
    Topic.DELETED: mark("deleted"),
    Topic.ATTACHMENT: mark("attachment"),
    Topic.WORKLOG: mark("worklog"),
    Topic.SPRINT: mark("sprint"),
}

VERBS = {
    "subscription.pause": pressed("pause"),
    "subscription.resume": pressed("resume"),
    "subscription.remove": pressed("unsubscribe"),
    "subscription.takeover": press_takeover,
}

COMMANDS = (
    Command(
        "subscribe",
        "subscribe PROJ [events] [where <JQL>]",
        mark("Tell this channel what happens in a project."),
        subscribe,
        ("subscribe PROJ", "subscribe PROJ created, commented where priority = High"),
        where=SHARED,
    ),
    Command(
        "subscriptions",
        "subscriptions",
        mark("What this channel is told."),
        subscriptions,
        ("subscriptions",),
        where=SHARED,
    ),
    Command(
        "unsubscribe",
        "unsubscribe [PROJ | all]",
        mark("Stop telling this channel."),
        changing("unsubscribe"),
        ("unsubscribe PROJ",),
        where=SHARED,
    ),
    Command(
        "pause",
        "pause [PROJ | all]",
        mark("Pause a subscription."),
        changing("pause"),
        ("pause PROJ",),
        where=SHARED,
    ),
    Command(
        "resume",
        "resume [PROJ | all]",
        mark("Resume a subscription."),
        changing("resume"),
        ("resume PROJ",),
        where=SHARED,
    ),
)

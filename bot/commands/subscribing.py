"""subscribe, subscriptions, unsubscribe, pause, resume: what a channel or group chat is told."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from bot.commands.errors import ChooseError, CommandError, ForeignSiteError
from bot.commands.grammar import Command
from bot.commands.model import Reply
from bot.commands.roles import may_subscribe
from bot.commands.turn import Turn
from bot.identity import Scope
from bot.jira.client import JiraClient
from bot.jira.errors import NotFoundOrForbiddenError
from bot.notifications.grammar import SubscribeError, parse_subscribe
from bot.notifications.subscriptions import Subscription
from cards.messages import message_card
from cards.notification import SubscriptionRow, subscriptions_card
from cards.text import escape

SHARED = frozenset({Scope.CHANNEL, Scope.GROUP})


async def subscribe(turn: Turn, arguments: str) -> Reply:
    """Tell this conversation what happens in a project. The project and the query are checked with Jira first."""
    try:
        wish = parse_subscribe(arguments)
    except SubscribeError as error:
        raise CommandError(str(error)) from None
    jira = await turn.jira()
    await _demand_role(turn)
    name = await _checked(jira, wish.project, wish.jql)
    made = await turn.services.subscriptions.create(
        turn.request.conversation, turn.request.person, jira.site, wish, now=time.time()
    )
    told = f"This conversation now hears of **{escape(name)}** ({escape(made.project or jira.site.name)}): "
    restricted = ", including restricted issues" if made.including_restricted else ""
    where = f", where {escape(made.jql, 1000)}" if made.jql else ""
    return Reply(text=f"{told}{_events(made)}{where}{restricted}. “subscriptions” shows and changes what is told.")


async def _checked(jira: JiraClient, project: str, jql: str) -> str:
    """The project's name, after Jira has taken project and query from this person."""
    try:
        name = await jira.project_name(project) if project else ""
    except NotFoundOrForbiddenError:
        raise CommandError(
            f"There is no project {project} on {jira.site.name}, or your Jira account may not see it."
        ) from None
    wrong = await jira.jql_errors(jql) if jql else ()
    if wrong:
        raise CommandError(f"Jira does not understand that query: {' '.join(wrong)}")
    return name


async def _demand_role(turn: Turn) -> None:
    """Raises `CommandError` for those who may not choose what this conversation is told."""
    request, services = turn.request, turn.services
    role = await services.roster.role(request.person, request.conversation)
    if not may_subscribe(role, request.conversation, services.subscribe_role):
        who = "the owners of this team" if services.subscribe_role == "owner" else "members of this team"
        raise CommandError(f"Only {who} choose what is told here.")


async def subscriptions(turn: Turn, _arguments: str) -> Reply:
    """List them, each with its buttons."""
    found = await turn.services.subscriptions.in_conversation(turn.request.conversation)
    card = subscriptions_card([_row(s) for s in found], mint=turn.mint)
    return Reply(card=card, summary=f"{len(found)} subscriptions")


def changing(verb: str) -> Callable[[Turn, str], Awaitable[Reply]]:
    """The typed form of pause, resume and unsubscribe: for one project, or the only subscription there is."""

    async def run(turn: Turn, arguments: str) -> Reply:
        found = await turn.services.subscriptions.in_conversation(turn.request.conversation)
        wanted = arguments.strip().upper()
        fitting = [s for s in found if not wanted or wanted in (s.project, s.id.upper())]
        if not fitting:
            raise CommandError(f"No subscription here to {verb}" + (f" for {wanted[:20]}." if wanted else "."))
        if len(fitting) > 1:
            raise ChooseError(f"Which one shall I {verb}?", [(_what(s), f"{verb} {s.id}") for s in fitting])
        await _demand_role(turn)
        await _apply(turn, verb, fitting[0].id)
        return Reply(text=f"{_DONE[verb]}: {escape(_what(fitting[0]))}.")

    return run


def pressed(verb: str) -> Callable[[Turn], Awaitable[Reply]]:
    """The button form: only subscriptions of the conversation in which the button is pressed can be changed."""

    async def run(turn: Turn) -> Reply:
        data: Mapping[str, str] = turn.request.press.data if turn.request.press else {}
        found = await turn.services.subscriptions.in_conversation(turn.request.conversation)
        if any(s.id == data.get("subscription") for s in found):
            await _demand_role(turn)
            await _apply(turn, verb, data["subscription"])
        reply = await subscriptions(turn, "")
        return Reply(card=reply.card, shared=reply.card, summary=reply.summary)

    return run


async def press_takeover(turn: Turn) -> Reply:
    """Go on with suspended subscriptions of this conversation as the presser, who has to see what they tell."""
    data: Mapping[str, str] = turn.request.press.data if turn.request.press else {}
    account = await turn.account()
    await _demand_role(turn)
    here = await turn.services.subscriptions.in_conversation(turn.request.conversation)
    wanted = [s for s in here if s.suspended and s.id in data.get("subscription", "").split(",")]
    if not wanted:
        raise CommandError("Nothing is left to take over: “subscriptions” shows what is told here.")
    for subscription in wanted:
        site = account.site_by_id(subscription.cloud_id)
        if site is None:
            raise ForeignSiteError([s.name for s in account.sites])
        jira = turn.services.access.client(turn.request.person, site)
        await _checked(jira, subscription.project, subscription.jql)
    for subscription in wanted:
        await turn.services.subscriptions.take_over(subscription, turn.request.person)
    what = ", ".join(dict.fromkeys(map(_what, wanted)))
    words = f"{turn.request.name or 'Somebody'} has taken over: {what} is told here again."
    card = message_card(words, tone="good")
    return Reply(card=card, shared=card, summary=words)


async def _apply(turn: Turn, verb: str, subscription_id: str) -> None:
    table = turn.services.subscriptions
    await {"pause": table.pause, "resume": table.resume, "unsubscribe": table.remove}[verb](subscription_id)


def _row(subscription: Subscription) -> SubscriptionRow:
    return SubscriptionRow(
        id=subscription.id,
        what=_what(subscription),
        events=_events(subscription),
        paused=subscription.paused,
        problem=subscription.suspended,
    )


def _what(subscription: Subscription) -> str:
    where = f" where {subscription.jql}" if subscription.jql else ""
    return (subscription.project or "all projects") + where


def _events(subscription: Subscription) -> str:
    return ", ".join(sorted(subscription.topics))


_DONE = {"pause": "Paused", "resume": "Resumed", "unsubscribe": "Unsubscribed"}

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
        "Tell this channel what happens in a project.",
        subscribe,
        ("subscribe PROJ", "subscribe PROJ created, commented where priority = High"),
        where=SHARED,
    ),
    Command(
        "subscriptions",
        "subscriptions",
        "What this channel is told.",
        subscriptions,
        ("subscriptions",),
        where=SHARED,
    ),
    Command(
        "unsubscribe",
        "unsubscribe [PROJ]",
        "Stop telling this channel.",
        changing("unsubscribe"),
        ("unsubscribe PROJ",),
        where=SHARED,
    ),
    Command("pause", "pause [PROJ]", "Pause a subscription.", changing("pause"), ("pause PROJ",), where=SHARED),
    Command(
        "resume", "resume [PROJ]", "Resume a subscription.", changing("resume"), ("resume PROJ",), where=SHARED
    ),
)

"""A subscription made from a list, and one changed in a form: the same checks and roles as for a typed one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.commands.context import Context
from bot.commands.errors import CommandError, sentence
from bot.commands.request import Reply
from bot.commands.subscriptions.subscribe import (
    EVENTS,
    checked,
    demand_role,
    events_of,
    subscriptions,
    told_by,
    what_of,
)
from bot.jira.errors import JiraError
from bot.jira.webhooks.model import Topic
from bot.language import tr
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeError, SubscribeRequest, check_jql
from bot.security.card_signing import given_by_card
from cards.forms import Button, Entry, FormView, Shape, form_card
from cards.messages import message_card
from cards.text import escape

TOPICS, QUERY, RESTRICTED = "f_events", "f_jql", "f_restricted"
_YES = "yes"

log = structlog.get_logger(__name__)


async def press_make(ctx: Context) -> Reply:
    """Tell this conversation of new issues that the query of a list finds."""
    data = _data(ctx)
    jql = data.get("jql", "") if given_by_card(data, "jql") else ""
    _check(jql)
    issue = await ctx.issues.on_site("", data.get("site", ""))
    await demand_role(ctx)
    await checked(issue.jira, "", jql)
    wish = SubscribeRequest("", frozenset({Topic.CREATED}), jql)
    place, table = ctx.request.conversation, ctx.notifications.subscriptions
    made = await table.create(
        told_by(ctx.request, place), ctx.request.person, issue.jira.site, wish, now=time.time()
    )
    words = tr(
        "This conversation now hears of {what}: {events}. “subscriptions” shows and changes what is told.",
        what=what_of(made)[:300],
        events=events_of(made),
    )
    card = message_card(words, tone="good", suggestions=["subscriptions"])
    return Reply(card=card, shared=card, summary=words)


async def press_show(ctx: Context) -> Reply:
    """Back from the form: the subscriptions as they are."""
    return await subscriptions(ctx)


async def press_edit(ctx: Context) -> Reply:
    """A form of one of this conversation's subscriptions."""
    found = await _chosen(ctx)
    await ctx.session.account()
    await demand_role(ctx)
    given = {
        TOPICS: ",".join(sorted(found.topics)),
        QUERY: found.jql,
        RESTRICTED: _YES if found.including_restricted else "",
    }
    return _form(ctx, found, given)


async def press_save(ctx: Context) -> Reply:
    """Check what was filled in as if it had been typed, and keep it; or the form again with what is wrong.

    What is told is what its owner may see: so whoever changes what that is becomes its owner.
    """
    found = await _chosen(ctx)
    jira = await ctx.session.client(found.cloud_id)
    await demand_role(ctx)
    given = _data(ctx)
    changed = _changed(found, given)
    errors = {} if changed.topics else {TOPICS: tr("Choose at least one event.")}
    try:
        if changed.jql != found.jql or not changed.project:
            _check(changed.jql, required=not changed.project)
        await checked(jira, changed.project, changed.jql)
    except CommandError as error:
        errors[QUERY] = str(error)
    except JiraError as error:
        # A sentence alone leaves the form, and what is typed there, as it is.
        log.info("subscription.not_checked", error=type(error).__name__)
        return Reply(text=escape(sentence(error), 4000), repeatable=True)
    if errors:
        return _form(ctx, found, given, errors)
    theirs = replace(changed, conversation=told_by(ctx.request, changed.conversation))
    await ctx.notifications.subscriptions.take_over(theirs, ctx.request.person)
    if found.owner == ctx.request.person:
        notice = tr("Saved.")
    else:
        notice = tr("Saved. What is told here is now what you may see in Jira.")
    reply = await subscriptions(ctx, notice=notice)
    shared = await subscriptions(ctx)
    return Reply(card=reply.card, shared=shared.card, summary=reply.summary)


def _changed(found: Subscription, given: Mapping[str, str]) -> Subscription:
    """The subscription with what was filled in. Pure."""
    words = given.get(TOPICS, "").split(",")
    return replace(
        found,
        topics=frozenset(topic for topic in Topic if topic.value in words),
        jql=given.get(QUERY, "").replace("\r\n", "\n").strip(),
        including_restricted=given.get(RESTRICTED, "") == _YES,
    )


def _check(jql: str, *, required: bool = True) -> None:
    if not jql and required:
        raise CommandError(tr("Say which issues: a query in JQL."))
    try:
        if jql:
            check_jql(jql)
    except SubscribeError as error:
        raise CommandError(str(error)) from None


def _form(
    ctx: Context, found: Subscription, given: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> Reply:
    wrong = errors or {}
    events = [(tr(EVENTS[topic]), topic.value) for topic in Topic]
    restricted = [(tr("Tell of what not everybody may see, too"), _YES)]
    entries = (
        Entry(TOPICS, tr("Events"), Shape.CHECKS, choices=events, required=True),
        Entry(QUERY, "JQL", Shape.PARAGRAPH, main=True, required=not found.project, typed=True),
        Entry(RESTRICTED, tr("Restricted issues and comments"), Shape.CHECKS, choices=restricted, main=True),
    )
    filled = [replace(e, value=given.get(e.name, ""), error=wrong.get(e.name, "")) for e in entries]
    buttons = (
        Button(tr("Save"), "subscription.save", ctx.sign("subscription.save", subscription=found.id)),
        Button(tr("Cancel"), "subscription.show", ctx.sign("subscription.show"), inputs=False),
    )
    title = tr("Subscription: {project}", project=found.project or tr("all projects"))
    return Reply(card=form_card(FormView(title, filled, buttons)), summary=title, repeatable=bool(wrong))


async def _chosen(ctx: Context) -> Subscription:
    """The subscription that a button names, of the conversation in which it is pressed."""
    wanted = _data(ctx).get("subscription", "")
    here = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
    found = next((s for s in here if s.id == wanted), None)
    if found is None:
        raise CommandError(tr("That subscription is gone. “subscriptions” shows what is told here."))
    return found


def _data(ctx: Context) -> Mapping[str, str]:
    return ctx.data


VERBS = {
    "subscription.make": press_make,
    "subscription.show": press_show,
    "subscription.edit": press_edit,
    "subscription.save": press_save,
}

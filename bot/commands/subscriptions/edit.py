"""A form that changes a subscription, with the same checks as for a typed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.accounts.service_accounts import is_service_account, service_owner
from bot.commands.button import button
from bot.commands.context import Context
from bot.commands.errors import CommandError, error_reply
from bot.commands.request import Reply
from bot.commands.subscriptions.checks import require_role, validate_project_and_jql, with_language_of
from bot.commands.subscriptions.describe import EVENTS, list_subscriptions
from bot.commands.subscriptions.service import record_service_use, require_service_account
from bot.commands.subscriptions.subscribe import require_valid_jql
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError
from bot.jira.jql import clean_query
from bot.jira.models import Site
from bot.jira.webhooks.model import Topic
from bot.language import tr
from bot.notifications.subscriptions.model import Subscription
from cards.forms import Button, FormEntry, FormView, Shape, form_card

TOPICS, QUERY, RESTRICTED, SERVICE = "f_events", "f_jql", "f_restricted", "f_service"
"""Ids of the inputs."""
_YES = "yes"

log = structlog.get_logger(__name__)


@button("subscription.edit", read_only=True)
async def press_edit(ctx: Context) -> Reply:
    """Show the form of one of this conversation's subscriptions."""
    subscription = await _chosen(ctx)
    await ctx.session.account()
    await require_role(ctx)
    inputs = {
        TOPICS: ",".join(sorted(subscription.topics)),
        QUERY: subscription.jql,
        RESTRICTED: _YES if subscription.including_restricted else "",
        SERVICE: _YES if is_service_account(subscription.owner) else "",
    }
    return _form(ctx, subscription, inputs)


@button("subscription.save")
async def press_save(ctx: Context) -> Reply:
    """Save what was filled in, or show the form again with what is wrong.

    Notifications contain what the owner may see, so whoever saves becomes the owner, unless that is to be the
    site's service account.
    """
    before = await _chosen(ctx)
    jira = await ctx.session.client(before.cloud_id)
    await require_role(ctx)
    after = _with_inputs(before, ctx.inputs)
    as_service = ctx.inputs.get(SERVICE, "") == _YES
    try:
        errors = await _find_errors(jira, before, after)
        if as_service and not errors:
            errors |= await _find_service_errors(ctx, jira.site, after)
    except JiraError as error:
        log.info("subscription not checked", error=type(error).__name__)
        return error_reply(error)
    if errors:
        return _form(ctx, before, ctx.inputs, errors)
    after = replace(after, conversation=with_language_of(ctx.request, after.conversation))
    owner = service_owner(jira.site.cloud_id) if as_service else ctx.request.person
    saved = await ctx.notifications.subscriptions.take_over(after, owner)
    if before.owner == owner:
        notice = tr("Saved.")
    elif as_service:
        await record_service_use(ctx, saved)
        notice = tr("Saved. Updates here now follow the service account's Jira permissions.")
    else:
        notice = tr("Saved. Updates here now follow your Jira permissions.")
    reply = await list_subscriptions(ctx, notice=notice)
    return replace(reply, shared=(await list_subscriptions(ctx)).card)


async def _find_errors(jira: JiraClient, before: Subscription, after: Subscription) -> dict[str, str]:
    """Return what is wrong with the changed subscription, by input. Raises `JiraError`."""
    errors = {} if after.topics else {TOPICS: tr("Choose at least one event.")}
    try:
        if after.jql != before.jql or not after.project:
            require_valid_jql(after.jql, required=not after.project)
        await validate_project_and_jql(jira, after.project, after.jql)
    except CommandError as error:
        errors[QUERY] = str(error)
    return errors


async def _find_service_errors(ctx: Context, site: Site, after: Subscription) -> dict[str, str]:
    """Return why the service account cannot be used for the subscription, by input. Raises `JiraError`."""
    restricted = after.including_restricted
    try:
        await require_service_account(ctx, site, after.project, including_restricted=restricted)
    except CommandError as error:
        return {SERVICE: str(error)}
    return {}


def _with_inputs(subscription: Subscription, inputs: Mapping[str, str]) -> Subscription:
    """Return the subscription with what was filled in. Pure."""
    topics = inputs.get(TOPICS, "").split(",")
    return replace(
        subscription,
        topics=frozenset(topic for topic in Topic if topic.value in topics),
        jql=clean_query(inputs.get(QUERY, "")),
        including_restricted=inputs.get(RESTRICTED, "") == _YES,
    )


def _form(
    ctx: Context,
    subscription: Subscription,
    inputs: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Reply:
    errors = errors or {}
    events = [(tr(EVENTS[topic]), topic.value) for topic in Topic]
    restricted = [(tr("Include restricted issues and comments"), _YES)]
    entries: tuple[FormEntry, ...] = (
        FormEntry(TOPICS, tr("Events"), Shape.CHECKS, choices=events, required=True),
        FormEntry(QUERY, "JQL", Shape.PARAGRAPH, main=True, required=not subscription.project, typed=True),
        FormEntry(RESTRICTED, tr("Restricted content"), Shape.CHECKS, choices=restricted, main=True),
    )
    if subscription.project and (account := ctx.accounts.access.service_accounts.find(subscription.cloud_id)):
        service = [(tr("Read Jira as {name}, so that updates go on if you leave", name=account.name), _YES)]
        entries += (FormEntry(SERVICE, tr("Service account"), Shape.CHECKS, choices=service, main=True),)
    filled = [
        replace(entry, value=inputs.get(entry.name, ""), error=errors.get(entry.name, "")) for entry in entries
    ]
    buttons = (
        Button(tr("Save"), "subscription.save", ctx.sign("subscription.save", subscription=subscription.id)),
        Button(tr("Cancel"), "subscription.show", ctx.sign("subscription.show"), inputs=False),
    )
    title = tr("Subscription: {project}", project=subscription.project or tr("all projects"))
    return Reply(card=form_card(FormView(title, filled, buttons)), summary=title, repeatable=bool(errors))


async def _chosen(ctx: Context) -> Subscription:
    """Return the subscription that a button names, of the conversation in which it is pressed."""
    subscription_id = ctx.signed.get("subscription", "")
    here = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
    subscription = next((each for each in here if each.id == subscription_id), None)
    if subscription is None:
        raise CommandError(
            tr("That subscription no longer exists. Type “subscriptions” to see what's active here.")
        )
    return subscription

"""disconnect: delete a person's link to Jira, after they confirmed it with a button."""

from __future__ import annotations

from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.commands.button import button
from bot.commands.command import command
from bot.commands.context import Context
from bot.commands.request import Reply
from bot.language import mark, tr, trn
from cards.base import Card
from cards.choices import choices_card
from cards.connect import DISCONNECT_VERB, EVERYTHING, confirm_disconnect_card, disconnected_card
from cards.messages import message_card


@command("disconnect", mark("Disconnect your Jira account."), aliases=("logout", "log out", "sign out"))
async def disconnect(ctx: Context, _arguments: str) -> Reply:
    """Ask whether to delete the link. Only the person who typed it can press the button."""
    subscriptions = len(await ctx.notifications.subscriptions.of_owner(ctx.request.person))
    connected = await _is_connected(ctx)
    if not connected and not subscriptions:
        return Reply(text=tr("You haven't connected a Jira account."))
    card = confirm_disconnect_card(ctx.own_sign, subscriptions=subscriptions, connected=connected)
    return Reply(card=card, summary=tr("Disconnect Jira?"))


async def _is_connected(ctx: Context) -> bool:
    """Return whether anything is stored of a link, even one that Jira has ended."""
    try:
        await ctx.session.account()
    except GrantRevokedError:
        return True
    except NotConnectedError:
        return False
    return True


@button(DISCONNECT_VERB)
async def press_disconnect(ctx: Context) -> Reply:
    """Delete the link and what belongs to it; with `EVERYTHING` the person's channel subscriptions, too."""
    person, subscriptions = ctx.request.person, ctx.notifications.subscriptions
    remaining = await subscriptions.of_owner(person)
    remove = bool(remaining) and ctx.signed.get("what") == EVERYTHING
    if remove:
        for subscription in remaining:
            await subscriptions.remove(subscription.id)
        remaining = []
    profile = await _find_profile(ctx)
    if not await ctx.accounts.grants.disconnect(person):
        return _not_connected(removed=remove)
    card, summary = _outcome(len(remaining), profile)
    return Reply(card=card, shared=card, summary=summary)


def _not_connected(*, removed: bool) -> Reply:
    text = tr("You haven't connected a Jira account.")
    if removed:
        removed_too = tr("Your channel subscriptions were removed.")
        text = f"{text} {removed_too}"
    card = message_card(text)
    return Reply(card=card, shared=card, summary=text)


async def _find_profile(ctx: Context) -> str:
    """Return the address of the person's profile in the Data Center that they are linked to; empty otherwise."""
    try:
        site = (await ctx.session.account()).site
    except NotConnectedError:
        return ""
    return f"{site.url.rstrip('/')}/secure/ViewProfile.jspa" if site.is_data_center else ""


def _outcome(remaining: int, profile: str) -> tuple[Card, str]:
    if not remaining:
        return disconnected_card(profile), tr("Jira disconnected")
    paused = trn(
        "Jira disconnected. Your {count} channel subscription is paused until someone takes it over.",
        "Jira disconnected. Your {count} channel subscriptions are paused until someone takes them over.",
        remaining,
    )
    if profile:
        left = tr("The access you gave stays valid in Jira until you revoke it in your profile.")
    else:
        left = tr("Jira still lists this app until you remove it under Connected apps.")
    text = f"{paused} {left}"
    return choices_card(text, [(tr("Connect again"), "connect")]), text

"""notify: what a person is notified about in their own chat."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from bot.chat.identity import Scope
from bot.commands.button import button
from bot.commands.command import command
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.request import Reply
from bot.language import join_list, mark, tr
from bot.notifications.personal.parser import Change, NotifyError, parse_notify
from bot.notifications.personal.relevance import Reason
from bot.notifications.personal.settings import (
    MAX_WATCHERS_PER_SITE,
    PersonalSettings,
    TooManyWatchersError,
    clock_time,
    quiet_until,
)
from cards.personal_notifications import SETTINGS_VERB, Switch, settings_card

PERSONAL = frozenset({Scope.PERSONAL})
SUMMARY = mark("Notifications")

_TITLES: Mapping[Reason, str] = {
    Reason.ASSIGNED: mark("Assigned to me"),
    Reason.MENTIONED: mark("Mentions"),
    Reason.COMMENTED: mark("Comments on my issues"),
    Reason.STATUS: mark("Status of my issues"),
    Reason.WATCHED: mark("Issues I'm watching"),
}
_EVENTS: Mapping[Reason, str] = {
    # i18n: follows “I tell you here when”, and may be one of several in a list
    Reason.ASSIGNED: mark("an issue is assigned to you"),
    Reason.MENTIONED: mark("you are mentioned"),
    Reason.COMMENTED: mark("someone comments on your issue"),
    Reason.STATUS: mark("the status of your issue changes"),
    Reason.WATCHED: mark("an issue you're watching changes"),
}


@command(
    "notify [assigned / mentioned / commented / status / watched on / off]",
    mark("Notifications, daily digest and quiet hours."),
    examples=("notify", "notify watched on", "notify digest 9:00", "notify quiet 18:00-8:00"),
    aliases=("notifications",),
    where=PERSONAL,
)
async def notify(ctx: Context, arguments: str) -> Reply:
    """Show the settings, changed first if a change was typed."""
    return await _show_settings(ctx, arguments)


@button(SETTINGS_VERB)
async def press_notify(ctx: Context) -> Reply:
    """Make the change of the button, which has the words that could have been typed."""
    reply = await _show_settings(ctx, ctx.signed.get("wish", ""))
    return replace(reply, shared=reply.card)


async def _show_settings(ctx: Context, arguments: str) -> Reply:
    account = await ctx.session.account()
    try:
        settings = await _change(ctx, arguments)
    except NotifyError as error:
        raise CommandError(str(error)) from None
    except TooManyWatchersError as error:
        raise CommandError(
            tr(
                "The limit of {count} people per site is reached on {site}: Jira doesn't say who watches "
                "an issue, so each person has to be looked up.",
                count=MAX_WATCHERS_PER_SITE,
                site=str(error),
            )
        ) from None
    zone_of_jira = bool(account.user.time_zone)
    zone = settings.zone or account.user.time_zone or "UTC"
    card = settings_card(switches(settings), sign=ctx.sign, zone=zone, zone_of_jira=zone_of_jira)
    return Reply(card=card, summary=tr(SUMMARY))


async def _change(ctx: Context, arguments: str) -> PersonalSettings:
    """Make the change that was typed, if any. A person without a time zone in Jira gets that of their Teams."""
    account, table = await ctx.session.account(), ctx.notifications.personal
    change = parse_notify(arguments, now=time.time())
    settings = await table.get(account.person)
    teams_zone = "" if account.user.time_zone else ctx.request.time_zone
    if change or (teams_zone and not settings.zone):
        before = settings
        settings = await table.update(account, lambda stored: _changed(stored, change, teams_zone))
        if before.quiet != settings.quiet and not quiet_until(settings, time.time()):
            await table.end_quiet_hours(ctx.request.conversation)
    return settings


def _changed(before: PersonalSettings, change: Change | None, teams_zone: str) -> PersonalSettings:
    after = change(before) if change else before
    return replace(after, zone=after.zone or teams_zone)


def switches(settings: PersonalSettings) -> list[Switch]:
    """Return the settings as lines of the card. Pure."""
    lines = [_reason_switch(reason, reason in settings.on) for reason in Reason]
    if settings.digest is None:
        lines.append(Switch(tr("Daily digest"), tr("Off"), tr("Turn on ({time})", time="9:00"), "digest 9:00"))
    else:
        daily = tr("At {time}", time=_clock(settings.digest))
        lines.append(Switch(tr("Daily digest"), daily, tr("Turn off"), "digest off", on=True))
    if settings.quiet is None:
        turn_on = tr("Turn on ({time})", time="18:00–8:00")
        lines.append(Switch(tr("Quiet hours"), tr("None set"), turn_on, "quiet 18:00-8:00"))
    else:
        begin, end = map(_clock, settings.quiet)
        lines.append(Switch(tr("Quiet hours"), f"{begin}–{end}", tr("Turn off"), "quiet off", on=True))
    return lines


def describe_events(settings: PersonalSettings) -> str:
    """List what the person is notified about. Pure."""
    return join_list([tr(_EVENTS[reason]) for reason in Reason if reason in settings.on], either=True)


def _reason_switch(reason: Reason, on: bool) -> Switch:
    if on:
        return Switch(tr(_TITLES[reason]), tr("On"), tr("Turn off"), f"{reason} off", on=True)
    return Switch(tr(_TITLES[reason]), tr("Off"), tr("Turn on"), f"{reason} on")


def _clock(minutes: int) -> str:
    return f"{clock_time(minutes):%H:%M}".removeprefix("0")

"""notify: what a person hears in their own chat."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from bot.chat.identity import Scope
from bot.commands.context import Context
from bot.commands.errors import CommandError
from bot.commands.parser import Command
from bot.commands.request import Reply
from bot.language import listed, mark, tr
from bot.notifications.personal.parser import NotifyError, parse_notify
from bot.notifications.personal.relevance import Matter
from bot.notifications.personal.settings import (
    MAX_WATCHERS_PER_SITE,
    PersonalSettings,
    TooManyWatchersError,
    clock_time,
    quiet_until,
)
from cards.notify import VERB, Switch, settings_card

PERSONAL = frozenset({Scope.PERSONAL})
SUMMARY = mark("What I tell you here")

_TITLES = {
    Matter.ASSIGNED: mark("Assigned to me"),
    Matter.MENTIONED: mark("Mentions of me"),
    Matter.COMMENTED: mark("Comments on my issues"),
    Matter.STATUS: mark("Status of my issues"),
    Matter.WATCHED: mark("Issues that I watch"),
}
_WHEN = {
    # i18n: follows “I tell you here when”, and may be one of several in a list
    Matter.ASSIGNED: mark("an issue is assigned to you"),
    Matter.MENTIONED: mark("you are mentioned"),
    Matter.COMMENTED: mark("somebody comments on an issue of yours"),
    Matter.STATUS: mark("the status of an issue of yours changes"),
    Matter.WATCHED: mark("something happens in an issue that you watch"),
}


async def notify(ctx: Context, arguments: str) -> Reply:
    """Show the settings, changed first if a change was typed."""
    account = await ctx.session.account()
    table = ctx.notifications.personal
    try:
        change = parse_notify(arguments, now=time.time())
        settings = await table.get(account.person)
        here = "" if account.user.time_zone else ctx.request.time_zone
        if change or (here and not settings.zone):
            before, settings = settings, await table.update(account, lambda s: _changed(s, change, here))
            if before.quiet != settings.quiet and not quiet_until(settings, time.time()):
                await table.end_quiet_hours(ctx.request.conversation)
    except NotifyError as error:
        raise CommandError(str(error)) from None
    except TooManyWatchersError as error:
        raise CommandError(
            tr(
                "{count} people of {site} follow what they watch already, and that is as many as I can do: Jira"
                " does not say who watches an issue, so I have to look for each of them.",
                count=MAX_WATCHERS_PER_SITE,
                site=str(error),
            )
        ) from None
    zone = settings.zone or account.user.time_zone or "UTC"
    told = bool(account.user.time_zone)
    card = settings_card(switches(settings), sign=ctx.sign, zone=zone, zone_of_jira=told)
    return Reply(card=card, summary=tr(SUMMARY))


def _changed(
    before: PersonalSettings, change: Callable[[PersonalSettings], PersonalSettings] | None, here: str
) -> PersonalSettings:
    """After a change, if any; who has no time zone in Jira has that of their Teams (`here`)."""
    after = change(before) if change else before
    return replace(after, zone=after.zone or here)


async def press(ctx: Context) -> Reply:
    """A button of the card: it holds what could have been typed."""
    reply = await notify(ctx, ctx.data.get("wish", ""))
    return Reply(card=reply.card, shared=reply.card, summary=reply.summary)


def switches(settings: PersonalSettings) -> list[Switch]:
    """The settings as lines of the card. Pure."""
    lines = [_matter(matter, matter in settings.on) for matter in Matter]
    if settings.digest is None:
        lines.append(Switch(tr("Daily digest"), tr("Off"), tr("Turn on ({time})", time="9:00"), "digest 9:00"))
    else:
        daily = tr("At {time}", time=_clock(settings.digest))
        lines.append(Switch(tr("Daily digest"), daily, tr("Turn off"), "digest off", on=True))
    if settings.quiet is None:
        button = tr("Turn on ({time})", time="18:00–8:00")
        lines.append(Switch(tr("Quiet hours"), tr("None set"), button, "quiet 18:00-8:00"))
    else:
        begin, end = map(_clock, settings.quiet)
        lines.append(Switch(tr("Quiet hours"), f"{begin}–{end}", tr("Turn off"), "quiet off", on=True))
    return lines


def told(settings: PersonalSettings) -> str:
    """When the person hears something, in words. Pure."""
    return listed([tr(_WHEN[matter]) for matter in Matter if matter in settings.on], either=True)


def _matter(matter: Matter, on: bool) -> Switch:
    if on:
        return Switch(tr(_TITLES[matter]), tr("On"), tr("Turn off"), f"{matter} off", on=True)
    return Switch(tr(_TITLES[matter]), tr("Off"), tr("Turn on"), f"{matter} on")


def _clock(minutes: int) -> str:
    return f"{clock_time(minutes):%H:%M}".removeprefix("0")


VERBS = {VERB: press}

COMMANDS = (
    Command(
        "notify",
        "notify [assigned / mentioned / commented / status / watched on / off]",
        mark("What you hear in this chat, a daily digest, and quiet hours."),
        notify,
        ("notify", "notify watched on", "notify digest 9:00", "notify quiet 18:00-8:00"),
        ("notifications",),
        where=PERSONAL,
    ),
)

"""What a person hears in their own chat: the switches, and the daily digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jira.models import issue_key
from bot.language import tr, trn
from cards.base import ActionSigner, Card
from cards.elements import (
    Part,
    action_set,
    card,
    column,
    columns,
    container,
    execute,
    heading,
    rich,
    run,
    say,
    space,
)
from cards.size import fit

VERB = "notify.set"


@dataclass(frozen=True, slots=True)
class Switch:
    """One line of the settings: `wish` is what a press of its button asks for, as it could be typed."""

    title: str
    state: str
    button: str
    wish: str
    on: bool = False


def settings_card(
    switches: Sequence[Switch], *, sign: ActionSigner, zone: str = "", zone_of_jira: bool = True
) -> Card:
    """The settings, each with its own button. `zone` names the time zone that times of day are in."""
    title = tr("Notifications")
    body: list[Part] = [heading(title)]
    body += [_switch(switch, sign) for switch in switches]
    words = tr(
        "Other times: type “{digest}” or “{quiet}”.", digest="notify digest 8:30", quiet="notify quiet 18:00-8:00"
    )
    if zone:
        if zone_of_jira:
            where = tr("Times are in {zone} (from your Jira profile).", zone=zone[:60])
        else:
            where = tr("Times are in {zone} (your Jira profile has no time zone).", zone=zone[:60])
        words = f"{words} {where}"
    body.append(rich(run(words, subtle=True, size="Small", limit=400)))
    return card(body, summary=title)


def _switch(switch: Switch, sign: ActionSigner) -> Part:
    # Not in green: on a light theme that has a contrast of 2.1.
    state = run(switch.state, size="Small", subtle=not switch.on, bold=switch.on)
    words = [rich(run(switch.title, bold=True)), rich(state, spacing="None")]
    button = execute(switch.button, VERB, sign(VERB, wish=switch.wish))
    # A screen reader hears the buttons without their rows.
    button["tooltip"] = f"{switch.title}: {switch.button.lower()}"
    return columns(column(words, align="Center"), column([action_set([button])], width="auto"), spacing="Small")


def with_first_settings(made: Card, told: str) -> Card:
    """`made`, the card that says that Jira is connected, with what the person will hear from now on."""
    body, actions = made.get("body"), made.get("actions")
    parts: list[object] = [*body] if isinstance(body, list) else []
    buttons: list[object] = [*actions] if isinstance(actions, list) else []
    # i18n: {told}: "an issue is assigned to you, you are mentioned or …"
    words = tr("I'll notify you here when {told}.", told=told)
    parts.append(rich(run(words, limit=500), spacing="Small"))
    return made | {"body": parts, "actions": [*buttons, say("notify", title=tr("Notification settings"))]}


@dataclass(frozen=True, slots=True)
class DayRow:
    """One issue of a digest; `site` is the cloud id of its site."""

    key: str
    summary: str
    what: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class DaySection:
    """Issues under one title; `urgent` ones stand out."""

    title: str
    rows: Sequence[DayRow]
    urgent: bool = False


def day_card(sections: Sequence[DaySection], *, sign: ActionSigner, more: bool = False) -> Card:
    """The daily digest: a row opens its issue. `more` says that not all open issues are shown."""

    name = tr("Your day in Jira")

    def build(most: int) -> Card:
        body: list[Part] = [heading(name)]
        for section in sections:
            title = run(f"{section.title} ({len(section.rows)})", bold=True)
            if section.urgent:
                title["color"] = "Attention"
            body.append(rich(title, spacing="Medium"))
            body += [_row(row, sign) for row in section.rows[:most]]
            left = len(section.rows) - most
            if left > 0:
                words = trn("and {issues} more", "and {issues} more", left, issues=left)
                body.append(rich(run(words, subtle=True, size="Small")))
        mine = tr("All my issues") if more else tr("My issues")
        return card(body, [say("mine", title=mine), say("notify", title=tr("Settings"))], summary=name)

    return fit(build, (20, 8, 3))


def _row(row: DayRow, sign: ActionSigner) -> Part:
    key = issue_key(row.key) or ""
    words = [run(key or row.key, bold=True, limit=40, color="Accent" if key else ""), space("  ")]
    lines = [rich(*words, run(row.summary, limit=120))]
    if row.what:
        lines.append(rich(run(row.what, subtle=True, size="Small", limit=80), spacing="None"))
    made = container(lines, spacing="Small")
    if key:
        made["selectAction"] = execute(
            tr("Open {key}", key=key), "issue.show", sign("issue.show", issue=key, site=row.site)
        )
    return made

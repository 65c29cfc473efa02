"""Cards of personal notifications: the settings and the daily digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language import tr, trn
from cards.base import ActionSigner, Card
from cards.elements import (
    Part,
    action_set,
    card,
    column,
    columns,
    execute,
    heading,
    rich,
    run,
    say,
    space,
)
from cards.issue_rows import issue_row, key_run
from cards.size import fit

SETTINGS_VERB = "notify.set"


@dataclass(frozen=True, slots=True)
class Switch:
    """One line of the settings. `wish` is what its button asks for, as it could be typed."""

    title: str
    state: str
    button: str
    wish: str
    on: bool = False


def settings_card(
    switches: Sequence[Switch], *, sign: ActionSigner, zone: str = "", zone_of_jira: bool = True
) -> Card:
    """Build the settings, each with its own button. `zone` is the name of the time zone of times of day."""
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
    # Not in green, which has a contrast of 2.1 on a light theme.
    state = run(switch.state, size="Small", subtle=not switch.on, bold=switch.on)
    words = [rich(run(switch.title, bold=True)), rich(state, spacing="None")]
    # Screen readers announce the buttons without their rows.
    tooltip = f"{switch.title}: {switch.button.lower()}"
    button = execute(switch.button, SETTINGS_VERB, sign(SETTINGS_VERB, wish=switch.wish), tooltip=tooltip)
    return columns(column(words, align="Center"), column([action_set([button])], width="auto"), spacing="Small")


@dataclass(frozen=True, slots=True)
class DayRow:
    """One issue of a digest. `site` is the cloud id of its site."""

    key: str
    summary: str
    what: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class DaySection:
    """Issues under one title, which is highlighted if they are `urgent`."""

    title: str
    rows: Sequence[DayRow]
    urgent: bool = False


def day_card(sections: Sequence[DaySection], *, sign: ActionSigner, more: bool = False) -> Card:
    """Build the daily digest; a row opens its issue. `more`: not all open issues are shown."""
    name = tr("Your day in Jira")

    def build(max_rows: int) -> Card:
        body: list[Part] = [heading(name)]
        for section in sections:
            color = "Attention" if section.urgent else ""
            body.append(
                rich(run(f"{section.title} ({len(section.rows)})", bold=True, color=color), spacing="Medium")
            )
            body += [_row(row, sign) for row in section.rows[:max_rows]]
            left = len(section.rows) - max_rows
            if left > 0:
                words = trn("and {issues} more", "and {issues} more", left, issues=left)
                body.append(rich(run(words, subtle=True, size="Small")))
        mine = tr("All my issues") if more else tr("My issues")
        return card(body, [say("mine", title=mine), say("notify", title=tr("Settings"))], summary=name)

    return fit(build, (20, 8, 3))


def _row(row: DayRow, sign: ActionSigner) -> Part:
    lines = [rich(key_run(row.key), space("  "), run(row.summary, limit=120))]
    if row.what:
        lines.append(rich(run(row.what, subtle=True, size="Small", limit=80), spacing="None"))
    return issue_row(lines, key=row.key, site=row.site, sign=sign)

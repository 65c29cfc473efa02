"""Cards about the account link. Only a personal chat ever sees a link: whoever opens it is who gets linked."""

from __future__ import annotations

from collections.abc import Sequence

from cards.base import Card, Mint
from cards.elements import card, connect_button, heading, open_url, rich, run, say, space

APPS_PAGE = "https://id.atlassian.com/manage-profile/apps"
WHY = "The bridge then shows you what you may see in Jira, and what you do here happens there in your name."


def connect_card(url: str, *, again: bool = False) -> Card:
    """For a personal chat: the person's own link. `again` when there was a link before that no longer works."""
    title = "Connect Jira again" if again else "Connect Jira"
    why = "Jira no longer accepts the earlier connection. " + WHY if again else WHY
    return card(
        [heading(title), rich(run(why), spacing="Small")],
        [open_url("Continue with Microsoft", url) | {"style": "positive"}],
        summary=title,
    )


def connect_button_card(mint: Mint) -> Card:
    """For a group or channel: a button whose answer only its presser sees; never a link."""
    words = "This needs your Jira account. Press the button: the link to connect it is shown to you alone."
    return card(
        [heading("Connect Jira"), rich(run(words), spacing="Small")],
        [connect_button(mint)],
        summary="Connect Jira",
    )


def connected_card(name: str, sites: Sequence[str], email: str = "") -> Card:
    """The link is made: `name` is the Jira account's, `sites` the names of the sites it gave access to."""
    who = [run("You are "), space(), run(name, limit=80, bold=True)]
    if email:
        who += [space(), run(f"({email[:120]})", subtle=True)]
    body = [heading("Jira is connected"), rich(*who, spacing="Small")]
    if sites:
        shown = ", ".join(site[:60] for site in sites[:10])
        more = f" and {len(sites) - 10} more" if len(sites) > 10 else ""
        body.append(
            rich(run(f"{'Site' if len(sites) == 1 else 'Sites'}: {shown}{more}", limit=700), spacing="Small")
        )
    return card(body, [say("mine", title="My issues"), say("help", title="Help")], summary="Jira is connected")


def disconnected_card(*, revoked: bool = False) -> Card:
    """The link is forgotten. `revoked` says that Atlassian ended the grant too; else the person can, there."""
    body = [heading("Jira is disconnected"), rich(run("Everything stored about your link is deleted."))]
    actions = [say("connect", title="Connect again")]
    if not revoked:
        body.append(rich(run("Jira itself still lists this app until you remove it under Connected apps.")))
        actions.append(open_url("Connected apps", APPS_PAGE))
    return card(body, actions, summary="Jira is disconnected")


def revoked_card(url: str) -> Card:
    """For a personal chat, once: Jira ended the link and only the person can make a new one."""
    words = (
        "Jira has ended the connection to your account. Nothing here acts in your name until you connect again."
    )
    return card(
        [heading("Your Jira connection has ended"), rich(run(words), spacing="Small")],
        [open_url("Continue with Microsoft", url) | {"style": "positive"}],
        summary="Your Jira connection has ended",
    )


def expiring_card(url: str, days: int) -> Card:
    """For a personal chat: the link reaches the end of its lifetime in `days` days."""
    when = "tomorrow" if days == 1 else f"in {days} days"
    words = f"Atlassian ends every connection after a year; yours ends {when}. Renewing it takes a minute."
    return card(
        [heading("Renew your Jira connection"), rich(run(words), spacing="Small")],
        [open_url("Renew with Microsoft", url) | {"style": "positive"}],
        summary="Renew your Jira connection",
    )

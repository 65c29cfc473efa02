"""Cards about the account link.

Only a personal chat ever shows the address of a link: the person who opens it is linked.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import tr, trn
from cards.base import ActionSigner, Card
from cards.elements import (
    Part,
    action_set,
    card,
    connect_button,
    execute,
    heading,
    interpolate,
    open_url,
    rich,
    run,
    say,
    space,
)

APPS_PAGE = "https://id.atlassian.com/manage-profile/apps"
MAX_SITES = 10
MAX_OFFERS = 9
"""Requests of before the link that are offered."""
RESUME_VERB = "account.resume"
INVITE_VERB = "account.invite"
DISCONNECT_VERB = "account.disconnect"
EVERYTHING = "everything"
"""What the button deletes besides the link: the person's channel subscriptions."""


def connect_card(url: str, *, again: bool = False, runs: str = "") -> Card:
    """Build the offer of a link for a personal chat.

    `again`: an earlier link no longer works. `runs`: what the person asked for, which runs after the link.
    """
    title = tr("Connect Jira again") if again else tr("Connect Jira")
    why = tr("Connect your account to view and update Jira issues from Teams. Everything you do is done as you.")
    if again:
        ended = tr("Jira no longer accepts the earlier connection.")
        why = f"{ended} {why}"
    return card(
        [heading(title), rich(run(why, limit=400), spacing="Small"), *_runs_then(runs)],
        [open_url(tr("Continue with Microsoft"), url, style="positive")],
        summary=title,
    )


def _runs_then(runs: str) -> list[Part]:
    """Return the promise to go on with what was asked for."""
    if not runs:
        return []
    words = interpolate(tr("I'll run {request} once you're connected."), request=run(runs, limit=80, bold=True))
    return [rich(*words, spacing="Small")]


def connect_button_card(sign: ActionSigner, *, runs: str = "") -> Card:
    """Build the offer of a link for a group or channel: a button whose answer only its presser sees.

    `runs` is what was typed there, which runs after the link.
    """
    words = tr("Connect your Jira account to do this. Only you will see the link.")
    return card(
        [heading(tr("Connect Jira")), rich(run(words, limit=400), spacing="Small"), *_runs_then(runs)],
        [connect_button(sign)],
        summary=tr("Connect Jira"),
    )


def invite_card(url: str, by: str) -> Card:
    """Build the invitation of a colleague (`by`) for somebody's personal chat."""
    asked = interpolate(
        tr("{colleague} invites you to connect your Jira account."), colleague=run(by, limit=80, bold=True)
    )
    why = tr("You can then work with Jira in Teams, and colleagues can assign and mention you by name.")
    return card(
        [heading(tr("Connect Jira")), rich(*asked, spacing="Small"), rich(run(why, limit=400), spacing="Small")],
        [open_url(tr("Continue with Microsoft"), url, style="positive")],
        summary=tr("Connect Jira"),
    )


def offer_invitation_card(words: str, sign: ActionSigner, *, colleague: str, name: str) -> Card:
    """Build an answer (`words`) with a button that invites the colleague with this object id."""
    data = sign(INVITE_VERB, colleague=colleague, name=name[:80])
    return card(
        [rich(run(words, limit=600))],
        [execute(tr("Invite {name} to connect Jira", name=name[:40]), INVITE_VERB, data)],
        summary=words[:200],
    )


def connected_card(
    name: str,
    sites: Sequence[str],
    email: str = "",
    *,
    again: str = "",
    notified_when: str = "",
    offers: Sequence[tuple[str, str]] = (),
    sign: ActionSigner | None = None,
) -> Card:
    """Build the confirmation of a link to the Jira account `name` on these `sites`.

    `again` is the command for a new consent, if there is one. `notified_when` says which events the person is
    notified of from now on. `offers` are titles and names of what they asked for before and is still to be done;
    `sign` signs its buttons.
    """
    account = interpolate(tr("You're {name}"), name=run(name, limit=80, bold=True))
    if email:
        account += [space(), run(f"({email[:120]})", subtle=True)]
    title = tr("Jira is connected")
    body = [heading(title), rich(*account, spacing="Small")]
    if sites:
        body.append(rich(run(_sites(sites), limit=750), spacing="Small"))
    actions = [say("mine", title=tr("My issues")), say("help", title=tr("Help"))]
    if again:
        actions.append(say(again, title=tr("Reconnect or add a site")))
    if notified_when:
        # i18n: {told}: "an issue is assigned to you, you are mentioned or …"
        words = tr("I'll notify you here when {told}.", told=notified_when)
        body.append(rich(run(words, limit=500), spacing="Small"))
        actions.append(say("notify", title=tr("Notification settings")))
    if offers and sign:
        body.append(rich(run(tr("You also asked for this. Choose what to run:")), spacing="Medium"))
        for label, asked in offers[:MAX_OFFERS]:
            button = execute(label, RESUME_VERB, sign(RESUME_VERB, asked=asked))
            body.append(action_set([button], spacing="Small"))
    return card(body, actions, summary=title)


def _sites(sites: Sequence[str]) -> str:
    shown = ", ".join(site[:60] for site in sites[:MAX_SITES])
    more = len(sites) - MAX_SITES
    if more > 0:
        return trn("Sites: {sites} and {count} more", "Sites: {sites} and {count} more", more, sites=shown)
    return trn("Site: {sites}", "Sites: {sites}", len(sites), sites=shown)


def confirm_disconnect_card(sign: ActionSigner, *, subscriptions: int, connected: bool = True) -> Card:
    """Ask whether to delete the link, and the person's channel subscriptions (so many) with it or without."""
    title = tr("Disconnect Jira?")
    body = [heading(title)]
    actions = []
    if connected:
        words = tr("Everything stored about your connection will be deleted.")
        body.append(rich(run(words, limit=400), spacing="Small"))
        actions.append(execute(tr("Disconnect"), DISCONNECT_VERB, sign(DISCONNECT_VERB), style="destructive"))
    if subscriptions:
        words = trn(
            "You have {count} channel subscription. It's paused until someone takes it over, unless you "
            "remove it.",
            "You have {count} channel subscriptions. They're paused until someone takes them over, unless you "
            "remove them.",
            subscriptions,
        )
        body.append(rich(run(words, limit=400), spacing="Small"))
        everything = tr("Disconnect and remove them") if connected else tr("Remove my subscriptions")
        actions.append(execute(everything, DISCONNECT_VERB, sign(DISCONNECT_VERB, what=EVERYTHING)))
    return card(body, actions, summary=title)


def disconnected_card(profile: str = "") -> Card:
    """Build the confirmation that the link is deleted; the person can end it in Jira, too.

    `profile` is the address of their profile in a Data Center, empty for Atlassian's account.
    """
    title = tr("Jira is disconnected")
    words = tr("Jira still lists this app until you remove it under Connected apps.")
    # i18n: the name of a page of Atlassian's
    apps = open_url(tr("Connected apps"), APPS_PAGE)
    if profile:
        words = tr("The access you gave stays valid in Jira until you revoke it in your profile.")
        apps = open_url(tr("My profile in Jira"), profile)
    body = [
        heading(title),
        rich(run(tr("Everything stored about your connection has been deleted."))),
        rich(run(words)),
    ]
    return card(body, [say("connect", title=tr("Connect again")), apps], summary=title)


def revoked_card(url: str) -> Card:
    """Build the notice for a personal chat that Jira ended the link; only the person can make a new one."""
    title = tr("Your Jira connection has ended")
    words = tr("Jira no longer accepts it. Connect again to keep working with Jira here.")
    return card(
        [heading(title), rich(run(words, limit=400), spacing="Small")],
        [open_url(tr("Continue with Microsoft"), url, style="positive")],
        summary=title,
    )


def expiring_card(url: str, days: int) -> Card:
    """Build the notice for a personal chat that the link expires in `days` days."""
    title = tr("Renew your Jira connection")
    if days == 1:
        when = tr("Atlassian connections last one year. Yours ends tomorrow.")
    else:
        when = trn(
            "Atlassian connections last one year. Yours ends in {count} day.",
            "Atlassian connections last one year. Yours ends in {count} days.",
            days,
        )
    effort = tr("Renewing takes a minute.")
    words = f"{when} {effort}"
    return card(
        [heading(title), rich(run(words, limit=400), spacing="Small")],
        [open_url(tr("Renew connection"), url, style="positive")],
        summary=title,
    )

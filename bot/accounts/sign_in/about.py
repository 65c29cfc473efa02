"""The pages that the app's manifest names: what the app is, what it keeps, and on which terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.accounts.sign_in.pages import Link, Page, message_page
from bot.language import tr


def website() -> Page:
    """Say what the app is."""
    return message_page(
        200,
        tr("Bridge for Jira"),
        tr(
            "Connect your Jira account once, then work in Jira from Microsoft Teams. "
            "Everything you do is done as you."
        ),
        tr("Your organization runs this service. Contact your administrator if you have questions."),
        link=Link(tr("Privacy"), "/privacy"),
    )


def privacy() -> Page:
    """Say what is stored of whom, for how long, and how it is deleted."""
    return message_page(
        200,
        tr("Privacy"),
        tr("Your organization runs this service on its own systems. It sends no data to its developers."),
        tr(
            "For each person who connects it stores: their Microsoft Entra ID, their Jira account ID and name, "
            "the Jira sites they allowed, their encrypted access to Jira, their notification settings and "
            "subscriptions."
        ),
        tr(
            "Issues are read from Jira when they are shown. Events from Jira are stored until they are posted, "
            "and for some time it is remembered what became of them, without their content."
        ),
        tr("To delete everything about you, type {command} to the bot.", command="disconnect"),
    )


def terms() -> Page:
    """Say on which terms the app is used."""
    return message_page(
        200,
        tr("Terms of use"),
        tr("Your organization's rules for Microsoft Teams and Jira apply to this app, too."),
        tr("The software is open source under the Apache License 2.0 and comes without any warranty."),
    )


PAGES: Mapping[str, Callable[[], Page]] = {"/": website, "/privacy": privacy, "/terms": terms}
"""Path below `PUBLIC_URL` -> page."""

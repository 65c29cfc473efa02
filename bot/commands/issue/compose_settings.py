"""Settings of the message extension, kept for the person: the site that is searched, previews of links."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.accounts.model import NotConnectedError
from bot.accounts.sign_in.settings_page import PATH, ComposeSettings, read_choice, settings_query
from bot.commands.request import Request
from bot.commands.services import Services

log = structlog.get_logger(__name__)


async def settings_url(request: Request, services: Services, public_url: str) -> str:
    """Return the address of the person's settings page; of the sign-in, if they have not connected."""
    person = request.person
    try:
        account = await services.accounts.grants.account(person)
    except NotConnectedError:
        return await services.accounts.tickets.connect_url(person, None, in_teams_window=True)
    previews = (await services.notifications.personal.get(person)).previews
    present = ComposeSettings(account.site.cloud_id, previews)
    query = settings_query(services.cards.signer, person, account.sites, present)
    return f"{public_url.rstrip('/')}{PATH}?{query}"


async def save_settings(request: Request, state: str, services: Services) -> None:
    """Keep what was chosen on the page; the end of a sign-in, and what was not signed for them, is ignored."""
    choice = read_choice(services.cards.signer, request.person, state)
    if choice is None:
        log.info("compose settings ignored", empty=not state)
        return
    try:
        account = await services.accounts.grants.account(request.person)
    except NotConnectedError:
        return
    if account.site_by_id(choice.site) is not None:
        account = await services.accounts.grants.choose_site(request.person, choice.site)
    await services.notifications.personal.update(
        account, lambda settings: replace(settings, previews=choice.previews)
    )

"""Checks the table of sites: whether Jira accepts each service account."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence

from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding, failed, passed, warned
from bot.admin.checks.web import EXEMPT_FROM_PROXY, INTERCEPTED, Answer, UnreachableError
from bot.config.sites import SiteRow

SITES = "JIRA_SITES"


async def check_sites(context: Context) -> Sequence[Finding]:
    """Ask each site who its service account is."""
    rows = context.settings.sites.rows
    return await asyncio.gather(*(_check_service_account(context, name, row) for name, row in rows.items()))


async def _check_service_account(context: Context, name: str, row: SiteRow) -> Finding:
    account, settings = row.service_account, context.settings
    gateway = f"{settings.atlassian_api_url.rstrip('/')}/ex/jira/{row.cloud_id}"
    root = gateway if account.scoped else row.url.rstrip("/")
    pair = f"{account.email}:{settings.sites.secrets[account.token]}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Accept": "application/json",
    }
    try:
        answer = await context.web.ask(f"{root}/rest/api/3/myself", headers=headers)
    except UnreachableError as error:
        return failed(f"{SITES} {name}", str(error), error.remedy)
    return _judge(f"{SITES} {name}", answer, variable=account.token)


def _judge(name: str, answer: Answer, *, variable: str) -> Finding:
    if answer.status == 200 and answer.json is not None:
        return passed(name, "Jira accepts the service account")
    if answer.is_page:
        return failed(name, INTERCEPTED, EXEMPT_FROM_PROXY)
    if answer.status in (401, 403):
        return failed(
            name,
            "Jira does not accept the service account.",
            f"Make a new API token for it and set {variable}. A token with scopes needs read:jira-work and "
            "read:jira-user; one without takes scoped = false in the table.",
        )
    if answer.status == 404:
        return failed(
            name, "there is no site of this cloud_id or url.", "docs/reference/sites.md says where it is."
        )
    return warned(name, f"Jira answers {answer.status}.", "Run check again in a few minutes.")

"""Checks the table of sites: the release of each Data Center, and whether Jira accepts each service account."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence

from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding, failed, passed, warned
from bot.admin.checks.web import EXEMPT_FROM_PROXY, INTERCEPTED, Answer, UnreachableError
from bot.config.sites import CloudRow, DataCenterRow

SITES = "JIRA_SITES"
MIN_DATA_CENTER = 9
"""The oldest release of Data Center whose operations are used."""


async def check_sites(context: Context) -> Sequence[Finding]:
    """Ask each site who its service account is, and each Data Center which release it is."""
    table = context.settings.sites
    cloud = [_check_cloud_account(context, name, row) for name, row in table.cloud.items()]
    data_centers = [_check_data_center(context, name, row) for name, row in table.data_centers.items()]
    accounts = [
        _check_account(context, name, f"{row.url.rstrip('/')}/rest/api/2", "Bearer", row.service_account.token)
        for name, row in table.data_centers.items()
        if row.service_account
    ]
    return await asyncio.gather(*cloud, *data_centers, *accounts)


async def _check_cloud_account(context: Context, name: str, row: CloudRow) -> Finding:
    gateway = f"{context.settings.atlassian_api_url.rstrip('/')}/ex/jira/{row.cloud_id}"
    root = gateway if row.service_account.scoped else row.url.rstrip("/")
    account = row.service_account
    return await _check_account(context, name, f"{root}/rest/api/3", "Basic", account.token, email=account.email)


async def _check_account(
    context: Context, name: str, api: str, scheme: str, variable: str, *, email: str = ""
) -> Finding:
    secret = context.settings.sites.secrets[variable]
    proof = base64.b64encode(f"{email}:{secret}".encode()).decode() if email else secret
    headers = {"Authorization": f"{scheme} {proof}", "Accept": "application/json"}
    try:
        answer = await context.web.ask(f"{api}/myself", headers=headers)
    except UnreachableError as error:
        return failed(f"{SITES} {name}", str(error), error.remedy)
    return _judge(f"{SITES} {name}", answer, variable=variable)


async def _check_data_center(context: Context, name: str, row: DataCenterRow) -> Finding:
    subject = f"{SITES} {name}"
    try:
        answer = await context.web.ask(
            f"{row.url.rstrip('/')}/rest/api/2/serverInfo", headers={"Accept": "application/json"}
        )
    except UnreachableError as error:
        return failed(subject, str(error), error.remedy)
    numbers = (answer.json or {}).get("versionNumbers")
    if answer.status != 200 or not isinstance(numbers, list) or not numbers:
        return failed(
            subject, "there is no Jira at its url.", "Set url to Jira's base URL, with its context path."
        )
    release = ".".join(map(str, numbers))
    if int(str(numbers[0])) < MIN_DATA_CENTER:
        return warned(subject, f"Jira {release} is older than {MIN_DATA_CENTER}.", "Upgrade Jira.")
    return passed(subject, f"Jira {release} answers")


def _judge(name: str, answer: Answer, *, variable: str) -> Finding:
    if answer.status == 200 and answer.json is not None:
        return passed(name, "Jira accepts the service account")
    if answer.is_page:
        return failed(name, INTERCEPTED, EXEMPT_FROM_PROXY)
    if answer.status in (401, 403):
        return failed(
            name,
            "Jira does not accept the service account.",
            f"Make a new token for it and set {variable}. In Jira Cloud a token with scopes needs "
            "read:jira-work and read:jira-user; one without takes scoped = false in the table.",
        )
    if answer.status == 404:
        return failed(
            name, "there is no site of this cloud_id or url.", "docs/reference/sites.md says where it is."
        )
    return warned(name, f"Jira answers {answer.status}.", "Run check again in a few minutes.")

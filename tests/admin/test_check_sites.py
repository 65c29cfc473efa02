"""What `check` finds out about the table of sites, against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding
from bot.admin.checks.sites import check_sites
from bot.admin.checks.web import Web
from bot.config.settings import Settings
from bot.config.sites import read_sites
from bot.http.client import open_session, tls_context
from sandbox.server import Sandbox

EMAIL, TOKEN = "d@example.com", "s3cret-value"
SCOPES = ("read:jira-work", "read:jira-user")


async def findings(sandbox: Sandbox, row: Mapping[str, object], **secrets: str) -> list[Finding]:
    table = read_sites(json.dumps({"sites": {"here": row}}), secrets)
    settings = Settings(_env_file=None, atlassian_api_url=sandbox.api_url).with_sites(table)
    tls = tls_context(None)
    async with open_session(tls) as session:
        return [*await check_sites(Context(settings, Web(session), tls))]


def cloud(sandbox: Sandbox, *, scoped: bool = True, **changes: object) -> dict[str, object]:
    site, account = sandbox.site, {"email": EMAIL, "token": "ACCOUNT_TOKEN", "scoped": scoped}
    row = {"kind": "cloud", "url": site.url, "name": "Demo", "cloud_id": site.cloud_id, "service_account": account}
    return {**row, **changes}


@pytest.mark.parametrize("scoped", [True, False])
async def test_a_service_account_that_jira_accepts(scoped: bool) -> None:
    async with Sandbox() as sandbox:
        sandbox.add_api_token(EMAIL, TOKEN, SCOPES if scoped else ())
        [found] = await findings(sandbox, cloud(sandbox, scoped=scoped), ACCOUNT_TOKEN=TOKEN)
    assert (found.name, found.level) == ("JIRA_SITES here", "ok")


@pytest.mark.parametrize(("scoped", "scopes"), [(True, ()), (False, SCOPES)])
async def test_a_token_of_the_other_kind_gets_its_remedy(scoped: bool, scopes: tuple[str, ...]) -> None:
    async with Sandbox() as sandbox:
        sandbox.add_api_token(EMAIL, TOKEN, scopes)
        [found] = await findings(sandbox, cloud(sandbox, scoped=scoped), ACCOUNT_TOKEN=TOKEN)
    assert found.level == "error"
    assert "ACCOUNT_TOKEN" in found.remedy
    assert "scoped = false" in found.remedy
    assert TOKEN not in f"{found}"


async def test_a_site_that_is_not_there() -> None:
    async with Sandbox() as sandbox:
        sandbox.add_api_token(EMAIL, TOKEN, SCOPES)
        [found] = await findings(sandbox, cloud(sandbox, cloud_id="nowhere"), ACCOUNT_TOKEN=TOKEN)
    assert (found.level, found.message) == ("error", "there is no site of this cloud_id or url.")


async def test_a_data_center_says_its_release_and_takes_its_service_account() -> None:
    async with Sandbox() as sandbox:
        office = sandbox.data_center
        row: dict[str, object] = {
            "kind": "datacenter",
            "url": office.site.url,
            "name": "Office",
            "sign_in": "pat",
            "service_account": {"token": "ACCOUNT_TOKEN"},
        }
        token = office.login.create_token(EMAIL)
        release, account = await findings(sandbox, row, ACCOUNT_TOKEN=token)
        assert (release.level, release.message) == ("ok", "Jira 9.12.4 answers")
        assert account.level == "ok"
        _, refused = await findings(sandbox, row, ACCOUNT_TOKEN=TOKEN)
        assert refused.level == "error"
        del row["service_account"]
        [elsewhere] = await findings(sandbox, {**row, "url": sandbox.site.url})
        assert elsewhere.message == "there is no Jira at its url."

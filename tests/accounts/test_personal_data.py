"""The report of stored accounts to Atlassian: what is closed is forgotten, what changed is read again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.accounts.access import whoami
from bot.accounts.grants import GrantVault
from bot.accounts.model import NotConnectedError
from bot.accounts.personal_data import MAX_ACCOUNTS, SCOPE, PersonalDataReport, ReportApi, ReportRefusedError
from bot.accounts.token_endpoint import TokenEndpoint, Tokens
from bot.chat.identity import Person
from bot.http.client import open_session, tls_context
from bot.jira.http.transport import Transport
from bot.jira.models import JiraUser, Site
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring, new_key
from sandbox.faults import Fault
from sandbox.people import PEOPLE, TENANT
from sandbox.server import Sandbox
from sandbox.tokens import Code

SCOPES = ("read:jira-work", "read:jira-user", "offline_access")
REDIRECT = "http://127.0.0.1/auth/jira/callback"


@dataclass
class Bench:
    """A vault whose grants are the sandbox's."""

    sandbox: Sandbox
    vault: GrantVault
    report: PersonalDataReport
    now: float = 2e9

    async def link(self, number: int, *scopes: str, account: str = "") -> Person:
        who = PEOPLE[number % len(PEOPLE)]
        login, cloud = self.sandbox.atlassian, self.sandbox.site.cloud_id
        given = (*SCOPES, *scopes)
        code = Code(who.account_id, given, REDIRECT, "", login.clock() + 60)
        issued = login.tokens.exchange(login.tokens.consent(who.account_id, {cloud}, code), REDIRECT, "")
        person = Person(TENANT, f"00000000-0000-4000-8000-{number:012d}")
        user = JiraUser(account or who.account_id, "Name of yesterday")
        tokens = Tokens(issued.access_token, issued.refresh_token, 3600.0, given)
        await self.vault.save_link(
            person, user, (Site(cloud, "https://a.example", "A"),), tokens, default_site=cloud
        )
        return person


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    async with Sandbox() as sandbox, open_session(tls_context(None)) as session:
        made = Bench(sandbox, *parts(sandbox, session, store))
        yield made
        await made.vault.close()
    await store.close()


def parts(
    sandbox: Sandbox, session: aiohttp.ClientSession, store: EmbeddedStore
) -> tuple[GrantVault, PersonalDataReport]:
    endpoint = TokenEndpoint(
        session,
        auth_url=sandbox.auth_url,
        api_url=sandbox.api_url,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        redirect_uri=REDIRECT,
        scopes=SCOPES,
    )
    vault = GrantVault(store, Keyring((new_key(),)), endpoint)
    ask = whoami(Transport(session, sandbox.api_url))
    return vault, PersonalDataReport(vault, ReportApi(session, sandbox.api_url), ask)


async def test_closed_accounts_are_forgotten_and_changed_ones_read_again(bench: Bench) -> None:
    alice, bob, carol = await bench.link(0, SCOPE), await bench.link(1), await bench.link(2)
    changes = {PEOPLE[1].account_id: "closed", PEOPLE[2].account_id: "updated"}
    bench.sandbox.atlassian.account_changes = changes
    assert await bench.report.run() == 3
    [reported] = bench.sandbox.atlassian.reports
    assert {row["accountId"] for row in reported} == {person.account_id for person in PEOPLE[:3]}
    assert all(str(row["updatedAt"]).endswith("Z") for row in reported)
    with pytest.raises(NotConnectedError):
        await bench.vault.account(bob)
    assert (await bench.vault.account(carol)).user.name == PEOPLE[2].name
    assert (await bench.vault.account(alice)).user.name == "Name of yesterday"
    first = next(row["updatedAt"] for row in reported if row["accountId"] == PEOPLE[2].account_id)
    bench.sandbox.atlassian.account_changes = {}
    await bench.report.run()
    again = bench.sandbox.atlassian.reports[1]
    assert len(again) == 2
    assert str(next(row["updatedAt"] for row in again if row["accountId"] == PEOPLE[2].account_id)) > str(first)


async def test_without_the_scope_nothing_is_reported(bench: Bench) -> None:
    await bench.link(0)
    assert await bench.report.run() == 0
    assert bench.sandbox.atlassian.reports == []


async def test_a_call_has_at_most_ninety_accounts(bench: Bench) -> None:
    await bench.link(0, SCOPE)
    for number in range(1, 2 * MAX_ACCOUNTS + 1):
        await bench.link(number, account=f"account-{number}")
    assert await bench.report.run() == 2 * MAX_ACCOUNTS + 1
    assert [len(report) for report in bench.sandbox.atlassian.reports] == [90, 90, 1]


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_report_that_is_not_taken_changes_nothing(bench: Bench, status: int) -> None:
    alice = await bench.link(0, SCOPE)
    bench.sandbox.faults.add(Fault(path="/app/report-accounts/", status=status))
    with pytest.raises(ReportRefusedError):
        await bench.report.run()
    assert await bench.vault.account(alice)

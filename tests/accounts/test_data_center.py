"""Links to a Data Center: a user name counts on its server alone, and its tokens go nowhere else."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from bot.accounts.access import JiraAccess
from bot.accounts.data_center_sign_in import DataCenterTokens, is_personal_token
from bot.accounts.grant_maintenance import DAY, Due, due
from bot.accounts.grant_table import Grant
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import Account, GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.accounts.personal_data import SCOPE, PersonalDataReports, ReportApi
from bot.accounts.sites import SiteUpdates
from bot.accounts.token_answers import Tokens
from bot.chat.identity import Person
from bot.jira.http.transport import Transport
from bot.jira.models import JiraUser, Site, SiteKind
from bot.jobs.tasks import BackgroundTasks
from tests.support.accounts import SITE, VaultBench, someone, user

OFFICE = Site("office", "https://jira.office.example", "Office", ("WRITE",), kind=SiteKind.DATA_CENTER)
LAB = replace(OFFICE, cloud_id="lab", url="https://jira.lab.example", name="Lab")
ALICE = JiraUser("alice", "Alice")
TOKEN = "personal-access-token-of-alice"
NOW = 1_800_000_000.0


async def link(vault: GrantVault, site: Site, *, number: int = 0, refresh: str = "") -> Person:
    tokens = Tokens(TOKEN, refresh, 3600.0, ("WRITE",))
    await vault.save_link(someone(number), ALICE, (site,), tokens, default_site=site.cloud_id)
    return someone(number)


async def test_the_same_name_on_another_server_is_another_account(bench: VaultBench) -> None:
    person = await link(bench.vault, OFFICE)
    await link(bench.vault, LAB)
    account = await bench.vault.account(person)
    assert account.sites == (LAB,)
    assert await bench.vault.people_of("lab", "alice") == [person]
    assert await bench.vault.people_of("office", "alice") == []


async def test_linking_one_replaces_jira_cloud(bench: VaultBench) -> None:
    person = await bench.link()
    await link(bench.vault, OFFICE)
    assert (await bench.vault.account(person)).sites == (OFFICE,)
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == []


async def test_a_personal_token_that_jira_refuses_has_ended(bench: VaultBench) -> None:
    sign_in = DataCenterTokens(OFFICE)
    vault = GrantVault(
        bench.store, bench.keyring, bench.endpoint, clock=bench.clock, data_centers={"office": sign_in}
    )
    person = await link(vault, OFFICE)
    assert await vault.access_token(person) == TOKEN
    with pytest.raises(GrantRevokedError):
        await vault.access_token(person, rejected=TOKEN)
    assert bench.atlassian.refreshes == []
    await vault.close()


async def test_a_token_of_a_site_that_left_the_table_goes_to_nobody(bench: VaultBench) -> None:
    person = await link(bench.vault, OFFICE, refresh="refresh-token-of-the-office")
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person, rejected=TOKEN)
    assert bench.atlassian.login.tokens.calls == []


async def test_calls_go_where_the_table_says(bench: VaultBench) -> None:
    async with aiohttp.ClientSession() as session:
        transport = Transport(session, "https://api.example")
        moved = replace(OFFICE, url="https://moved.office.example")
        access = JiraAccess(bench.vault, transport, data_centers={"office": moved})
        assert access.client(someone(), OFFICE).site.url == moved.url
        with pytest.raises(NotConnectedError):
            access.client(someone(), LAB)


async def test_its_token_never_reads_sites_at_atlassian(bench: VaultBench) -> None:
    person, reads = await link(bench.vault, OFFICE), list[str]()

    async def read_sites(token: str) -> tuple[Site, ...]:
        reads.append(token)
        return (SITE,)

    async with BackgroundTasks() as tasks:
        updates = SiteUpdates(bench.vault, read_sites, (), tasks, clock=bench.clock)
        assert (await updates.update(person)).sites == (OFFICE,)
        assert await updates.find(person, "https://one.example") is None
    assert reads == []


async def test_its_account_is_not_reported_to_atlassian(bench: VaultBench) -> None:
    bench.atlassian.scopes = (*bench.atlassian.scopes, SCOPE)
    await bench.link(1)
    await link(bench.vault, OFFICE)

    async def whoami(_token: str, _cloud_id: str) -> JiraUser:
        return user(1)

    async with aiohttp.ClientSession() as session:
        api = ReportApi(session, "http://127.0.0.1:9")
        reports = PersonalDataReports(bench.store, bench.vault, api, whoami, clock=bench.clock)
        due_accounts = [grant.account.user async for batch in reports._due_batches() for grant in batch]
    assert due_accounts == [user(1)]


def a_grant(*, renews: bool = True, site: Site = OFFICE, **ages: float) -> Grant:
    account = Account(someone(), ALICE, (site,), site.cloud_id, (), NOW - ages.get("linked", 0.0) * DAY)
    refreshed = NOW - ages.get("refreshed", 0.0) * DAY
    return Grant(account, "sealed", "g", NOW + 3600, 3600, refreshed, renews=renews)


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (a_grant(renews=False, refreshed=300, linked=360), Due.NOTHING),
        (a_grant(linked=360), Due.NOTHING),
        (a_grant(refreshed=85), Due.RENEWAL),
        (a_grant(linked=360, site=SITE), Due.NOTICE),
    ],
)
def test_what_a_grant_needs(grant: Grant, expected: Due) -> None:
    assert due(grant, NOW) is expected


def test_a_personal_token_is_kept_for_ten_years() -> None:
    """Jira says no end of it; it ends when Jira refuses it."""
    assert DataCenterTokens(OFFICE).tokens(TOKEN) == Tokens(TOKEN, "", 315_360_000.0, ("WRITE",))


@pytest.mark.parametrize(("length", "may_be"), [(19, False), (20, True), (512, True), (513, False)])
def test_how_long_a_personal_token_may_be(length: int, may_be: bool) -> None:
    assert is_personal_token("x" * length) is may_be


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        ("NjEyMzQ1Njc4OTAxOrandomrandomrandomrandom", True),
        ("short", False),
        ("x" * 513, False),
        ("NjEyMzQ1Njc4OTAx random random random rand", False),
        ("NjEyMzQ1Njc4OTAx\r\nX-Header: 1234567890123", False),
        ("NjEyMzQ1Njc4OTAxäöüäöüäöüäöüäöüäöüäöüäöü", False),
    ],
)
def test_what_may_be_a_personal_token(text: str, may_be: bool) -> None:
    assert is_personal_token(text) is may_be

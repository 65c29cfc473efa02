"""The weekly report of stored accounts to Atlassian, and what follows from its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.accounts.audit import AuditAction
from bot.accounts.personal_data import CYCLE_SECONDS, SCOPE, PersonalDataReports, ReportApi
from bot.chat.identity import Person
from bot.jira.errors import JiraUnavailableError
from bot.jira.models import JiraUser
from bot.storage.embedded import EmbeddedStore
from sandbox.faults import Fault, Faults
from sandbox.people import TENANT
from sandbox.personal_data import MAX_ACCOUNTS, PersonalDataApi
from tests.support.accounts import SCOPES, SITE, VaultBench, someone, user
from tests.support.clock import Clock
from tests.support.serving import serving


class Reporting:
    """A vault whose accounts are reported. `names` has the accounts that Jira shows, and what it calls them."""

    def __init__(self, bench: VaultBench, api: PersonalDataApi, url: str, session: aiohttp.ClientSession) -> None:
        self.bench, self.api = bench, api
        self.names: dict[str, str] = {}
        self.faults = Faults()
        self.reports = PersonalDataReports(
            bench.store, bench.vault, ReportApi(session, url), self._whoami, clock=bench.clock
        )

    async def _whoami(self, token: str, cloud_id: str) -> JiraUser:
        family = self.bench.atlassian.login.tokens.who(token)
        assert cloud_id == SITE.cloud_id
        if family is None or family.account_id not in self.names:
            raise JiraUnavailableError
        return JiraUser(family.account_id, self.names[family.account_id])


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def reporting(bench: VaultBench, session: aiohttp.ClientSession) -> AsyncIterator[Reporting]:
    bench.atlassian.scopes = (*SCOPES, "offline_access", SCOPE)
    api = PersonalDataApi(bench.atlassian.login.tokens, bench.clock)
    faults = Faults()
    app = web.Application(middlewares=[faults.middleware("atlassian")])
    app.add_routes(api.routes())
    async with serving(app) as url:
        bench_reports = Reporting(bench, api, url, session)
        bench_reports.faults = faults
        yield bench_reports


async def link_many(bench: VaultBench, count: int) -> None:
    """Link accounts of people whom the sandbox does not know."""
    tokens = bench.atlassian.consent()
    for number in range(count):
        person = Person(TENANT, f"bbbbbbbb-0000-4000-8000-{number:012d}")
        account = JiraUser(f"712020:{number}", f"Person {number}")
        await bench.vault.save_link(person, account, (SITE,), tokens, default_site=SITE.cloud_id)


async def test_each_account_is_reported_once_a_week_ninety_at_most_a_call(reporting: Reporting) -> None:
    await link_many(reporting.bench, 200)
    assert await reporting.reports.report_due() == 200
    assert await reporting.reports.report_due() == 0
    assert [len(report) for report in reporting.api.reports] == [MAX_ACCOUNTS, MAX_ACCOUNTS, 20]
    assert {account for report in reporting.api.reports for account in report} == {
        f"712020:{number}" for number in range(200)
    }
    reporting.bench.clock.advance(CYCLE_SECONDS + 1)
    assert await reporting.reports.report_due() == 200
    assert reporting.api.too_often == []


async def test_a_closed_account_is_erased_for_everybody_who_linked_it(reporting: Reporting) -> None:
    bench = reporting.bench
    alice, bob = await bench.link(0), await bench.link(1)
    guest = Person("22222222-2222-4222-8222-222222222222", alice.oid)
    tokens = bench.atlassian.consent(0)
    await bench.vault.save_link(guest, user(0), (SITE,), tokens, default_site=SITE.cloud_id)
    reporting.api.closed.add(user(0).account_id)
    await reporting.reports.report_due()
    assert [account.person async for account in bench.vault.accounts()] == [bob]
    for table in ("grants", "jira_accounts", "personal_data_reports", "audit"):
        rows = await bench.store.page(table)
        assert user(0).account_id not in str([(row.key, row.value) for row in rows]), table
    entries = await bench.vault.audit.of_person(alice)
    assert {entry.action for entry in entries} == {AuditAction.LINKED, AuditAction.CLOSED}


async def test_a_changed_account_is_read_again_and_counts_as_read(reporting: Reporting) -> None:
    alice = await reporting.bench.link(0)
    reporting.bench.clock.advance(10)
    reporting.api.changed[user(0).account_id] = reporting.bench.clock()
    reporting.names[user(0).account_id] = "Alice Renamed"
    reporting.bench.clock.advance(10)
    await reporting.reports.report_due()
    assert (await reporting.bench.vault.account(alice)).user.name == "Alice Renamed"
    reporting.names[user(0).account_id] = "not asked for again"
    reporting.bench.clock.advance(CYCLE_SECONDS + 1)
    assert await reporting.reports.report_due() == 1
    assert (await reporting.bench.vault.account(alice)).user.name == "Alice Renamed"


async def test_what_changed_and_cannot_be_read_any_more_is_not_kept(reporting: Reporting) -> None:
    alice = await reporting.bench.link(0)
    await reporting.bench.link(1)
    ended = await reporting.bench.vault.table.update(alice, lambda g: replace(g, ended="invalid_grant"))
    assert ended is not None
    reporting.api.changed[user(0).account_id] = reporting.bench.clock() + 1
    await reporting.reports.report_due()
    kept = (await reporting.bench.grant(alice)).account.user
    assert kept == JiraUser(user(0).account_id, "")


async def test_only_who_granted_the_scope_reports_and_all_are_reported(reporting: Reporting) -> None:
    reporting.bench.atlassian.scopes = (*SCOPES, "offline_access")
    await reporting.bench.link(0)
    assert await reporting.reports.report_due() == 0
    assert reporting.api.reports == []
    reporting.bench.atlassian.scopes = (*SCOPES, "offline_access", SCOPE)
    await reporting.bench.link(1)
    assert await reporting.reports.report_due() == 2


async def test_a_reporter_whose_token_is_refused_is_replaced_by_another(reporting: Reporting) -> None:
    await reporting.bench.link(0)
    await reporting.bench.link(1)
    refused = reporting.faults.add(Fault(status=401, times=1))
    assert await reporting.reports.report_due() == 2
    assert refused.hits == 1


@pytest.mark.parametrize("status", [429, 500, 302])
async def test_a_report_that_is_put_off_is_made_by_the_next_round(reporting: Reporting, status: int) -> None:
    await reporting.bench.link(0)
    reporting.faults.add(Fault(status=status, times=1))
    assert await reporting.reports.report_due() == 0
    assert await reporting.reports.report_due() == 1
    assert await reporting.bench.vault.account(someone(0))

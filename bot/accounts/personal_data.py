"""Tells Atlassian weekly whose accounts are stored here; erases closed ones and refreshes changed ones.

https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import aiohttp
import orjson
import structlog

from bot.accounts.audit import Actor, AuditAction
from bot.accounts.grant_table import Grant
from bot.accounts.grant_vault import GrantVault, WhoAmI
from bot.accounts.model import Account, NotConnectedError, SignInUnavailableError
from bot.chat.identity import Person
from bot.http.client import retry_after_seconds
from bot.jira.errors import JiraError
from bot.jira.models import JiraUser
from bot.jobs.periodic import PeriodicTask
from bot.storage.base import Store
from bot.storage.table import Draft, Table

SCOPE = "report:personal-data"
TABLE = "personal_data_reports"
"""A record for each account id that was reported within the cycle; it expires when the next report is due."""
MAX_ACCOUNTS = 90
"""Accounts that Atlassian takes in one call."""
CYCLE_SECONDS = 7 * 86400.0
ROUND_SECONDS = 6 * 3600.0
"""How often is looked for accounts whose report is due."""
MAX_REPORTERS = 5
"""People with whose tokens one call is tried: Atlassian takes any token of the app that has the scope."""
MAX_BODY_BYTES = 1 << 16

log = structlog.get_logger(__name__)


class AccountStatus(StrEnum):
    """What Atlassian says of an account, if there is anything to be done."""

    CLOSED = "closed"
    UPDATED = "updated"


class ReportRefusedError(Exception):
    """The token may not report, or not any more."""


class ReportDelayedError(Exception):
    """Atlassian does not take the report now. The message says why."""


@dataclass(frozen=True, slots=True)
class _Report:
    """When an account was reported (Unix seconds)."""

    at: float


class ReportApi:
    """The API `report-accounts`."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session, self._url = session, f"{api_url.rstrip('/')}/app/report-accounts/"

    async def report(self, token: str, grants: Sequence[Grant]) -> Mapping[str, AccountStatus]:
        """Report the grants' accounts and return what is to be done about which. Raises the two errors above."""
        rows = [{"accountId": g.account.user.account_id, "updatedAt": _rfc3339(_read_at(g))} for g in grants]
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._session.post(
                self._url, json={"accounts": rows}, headers=headers, allow_redirects=False
            ) as response:
                body = await response.content.read(MAX_BODY_BYTES)
                status, retry_after = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ReportDelayedError(type(error).__name__) from None
        if status in {401, 403}:
            raise ReportRefusedError(f"answered {status}")
        if status not in {200, 204}:
            seconds = retry_after_seconds(retry_after)
            raise ReportDelayedError(f"answered {status}" + (f", wait {seconds:.0f} s" if seconds else ""))
        return _statuses(body) if status == 200 else {}


class PersonalDataReports:
    """The periodic report. `whoami` reads an account with its own token; `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        vault: GrantVault,
        api: ReportApi,
        whoami: WhoAmI,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault, self._api, self._whoami, self._clock = vault, api, whoami, clock
        self._reports = Table(store, TABLE, _Report)

    async def report_due(self) -> int:
        """Report each account whose last report is a week old; return how many. Stops where Atlassian puts off."""
        reporters = [account.person async for account in self._reporters()]
        reported = 0
        if not reporters:
            return reported
        async for batch in self._due_batches():
            try:
                statuses = await self._report(reporters, batch)
            except (ReportDelayedError, ReportRefusedError) as error:
                log.warning("accounts not reported", accounts=len(batch), reason=str(error))
                break
            await self._note(batch)
            reported += len(batch)
            for grant in batch:
                await self._settle(grant.account, statuses.get(grant.account.user.account_id))
        return reported

    async def _reporters(self) -> AsyncIterator[Account]:
        left = MAX_REPORTERS
        async for grant in self._vault.table.scan():
            if left and not grant.ended and SCOPE in grant.account.scopes:
                left -= 1
                yield grant.account

    async def _due_batches(self) -> AsyncIterator[list[Grant]]:
        """Yield grants whose account is due, one for each account id."""
        batch: dict[str, Grant] = {}
        async for grant in self._vault.table.scan():
            if not grant.account.site.is_data_center:
                batch.setdefault(grant.account.user.account_id, grant)
            if len(batch) == MAX_ACCOUNTS:
                if due := await self._due(batch):
                    yield due
                batch = {}
        if due := await self._due(batch):
            yield due

    async def _due(self, batch: Mapping[str, Grant]) -> list[Grant]:
        done = await self._reports.present(list(batch)) if batch else set()
        return [grant for account_id, grant in batch.items() if account_id not in done]

    async def _report(self, reporters: Sequence[Person], batch: Sequence[Grant]) -> Mapping[str, AccountStatus]:
        for person in reporters:
            try:
                return await self._api.report(await self._vault.access_token(person), batch)
            except (ReportRefusedError, NotConnectedError, SignInUnavailableError) as error:
                log.info("another account reports", error=type(error).__name__)
        raise ReportRefusedError("no token is accepted")

    async def _note(self, batch: Sequence[Grant]) -> None:
        now = self._clock()
        accounts = [grant.account for grant in batch]
        drafts = [Draft(a.user.account_id, _Report(now), (a.person.key,), now + CYCLE_SECONDS) for a in accounts]
        await self._reports.put_all(drafts)

    async def _settle(self, account: Account, status: AccountStatus | None) -> None:
        if status is None:
            return
        people = {account.person}
        for site in account.sites:
            people |= set(await self._vault.people_of(site.cloud_id, account.user.account_id))
        for person in people:
            if status is AccountStatus.CLOSED:
                await self._vault.disconnect(person, action=AuditAction.CLOSED, by=Actor.ATLASSIAN)
                await self._vault.audit.forget_accounts(person)
            else:
                await self._vault.save_user(person, await self._read_again(person, account))

    async def _read_again(self, person: Person, account: Account) -> JiraUser:
        """Read the account as Jira shows it now. Where it cannot be read any more, only its id is kept."""
        try:
            return await self._whoami(await self._vault.access_token(person), account.default_site)
        except (NotConnectedError, SignInUnavailableError, JiraError):
            return JiraUser(account.user.account_id, "")


def build_report_tasks(
    store: Store,
    vault: GrantVault,
    session: aiohttp.ClientSession,
    whoami: WhoAmI,
    *,
    api_url: str,
    scopes: Sequence[str],
) -> list[PeriodicTask]:
    """Build the weekly report; nothing where its scope is not asked for."""
    if SCOPE not in scopes:
        return []
    reports = PersonalDataReports(store, vault, ReportApi(session, api_url), whoami)
    return [PeriodicTask(store, TABLE, reports.report_due, every=ROUND_SECONDS)]


def _statuses(body: bytes) -> dict[str, AccountStatus]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ReportDelayedError("answered with no JSON") from None
    rows = document.get("accounts") if isinstance(document, dict) else None
    known = {status.value: status for status in AccountStatus}
    return {
        str(row.get("accountId")): known[row["status"]]
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("status") in known
    }


def _read_at(grant: Grant) -> float:
    """Return when name and address of the account were read (Unix seconds)."""
    return max(grant.user_read_at, grant.account.linked_at)


def _rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""The report of stored accounts to Atlassian: closed ones are forgotten here, changed ones are read again.

Atlassian asks it of every app that stores account ids, once a week, of at most 90 accounts a call:
https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import orjson
import structlog

from bot.accounts.audit import Actor, AuditAction
from bot.accounts.grant_table import Grant
from bot.accounts.grants import GrantVault, WhoAmI
from bot.accounts.model import NotConnectedError, SignInUnavailableError
from bot.http.json import as_list, as_object, as_string
from bot.jira.errors import JiraError

SCOPE = "report:personal-data"
REPORT_SECONDS = 7 * 86_400.0
MAX_ACCOUNTS = 90
CALL_TIMEOUT = 30.0

log = structlog.get_logger(__name__)


class ReportRefusedError(Exception):
    """Atlassian did not take the report; the message is for the log."""


@dataclass(frozen=True, slots=True)
class ReportApi:
    """Atlassian's endpoint of reports."""

    session: aiohttp.ClientSession
    api_url: str

    async def report(self, access_token: str, accounts: Mapping[str, float]) -> Mapping[str, str]:
        """Report account ids with when each was read (Unix seconds); return `closed` or `updated` by id.

        Raises `ReportRefusedError`.
        """
        rows = [{"accountId": account, "updatedAt": _iso(at)} for account, at in accounts.items()]
        try:
            async with self.session.post(
                f"{self.api_url.rstrip('/')}/app/report-accounts/",
                data=orjson.dumps({"accounts": rows}),
                headers={"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT),
                allow_redirects=False,
            ) as response:
                if response.status == 204:
                    return {}
                if response.status != 200:
                    raise ReportRefusedError(f"http {response.status}")
                return _read_statuses(await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ReportRefusedError(type(error).__name__) from None


class PersonalDataReport:
    """Reports everybody's account, with the token of anybody who granted the scope. `clock` gives Unix seconds."""

    def __init__(
        self, vault: GrantVault, api: ReportApi, whoami: WhoAmI, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._vault, self._api, self._whoami, self._clock = vault, api, whoami, clock

    async def run(self) -> int:
        """Report, forget and refresh; return how many accounts were reported. Raises `ReportRefusedError`."""
        stored: defaultdict[str, list[Grant]] = defaultdict(list)
        async for grant in self._vault.table.scan():
            stored[grant.account.user.account_id].append(grant)
        token = await self._token([grant for grants in stored.values() for grant in grants])
        if not token:
            return 0
        ids = sorted(stored)
        for start in range(0, len(ids), MAX_ACCOUNTS):
            part = {name: max(map(_read_at, stored[name])) for name in ids[start : start + MAX_ACCOUNTS]}
            for account, status in (await self._api.report(token, part)).items():
                for grant in stored.get(account, ()):
                    await self._follow(grant, status)
        log.info("accounts reported", count=len(ids))
        return len(ids)

    async def _token(self, grants: Sequence[Grant]) -> str:
        for grant in grants:
            if SCOPE in grant.account.scopes and not grant.ended:
                try:
                    return await self._vault.access_token(grant.account.person)
                except (NotConnectedError, SignInUnavailableError):
                    continue
        return ""

    async def _follow(self, grant: Grant, status: str) -> None:
        person = grant.account.person
        if status == "closed":
            await self._vault.disconnect(person, action=AuditAction.FORGOTTEN, by=Actor.ATLASSIAN)
        elif status == "updated" and not grant.ended:
            try:
                token = await self._vault.access_token(person)
                user = await self._whoami(token, grant.account.default_site)
            except (NotConnectedError, SignInUnavailableError, JiraError) as error:
                log.info("account not read again", person=person.key, error=type(error).__name__)
            else:
                await self._vault.save_user(person, user)


def _read_at(grant: Grant) -> float:
    return max(grant.user_read_at, grant.account.linked_at)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_statuses(body: bytes) -> Mapping[str, str]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ReportRefusedError("unreadable answer") from None
    rows = map(as_object, as_list(as_object(content).get("accounts")))
    return {as_string(row.get("accountId")): as_string(row.get("status")) for row in rows}

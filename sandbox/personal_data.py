"""Atlassian's Personal data reporting API: apps tell whose data they store, and learn what to erase or refresh.

https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from sandbox.tokens import Tokens

SCOPE = "report:personal-data"
MAX_ACCOUNTS = 90
CYCLE_SECONDS = 7 * 86400


class PersonalDataApi:
    """`closed` accounts are to be erased, those of `changed` (account id: Unix seconds) to be read again.

    `reports` lists the account ids of each call that was taken, `too_often` those reported again within a cycle.
    """

    def __init__(self, tokens: Tokens, clock: Callable[[], float]) -> None:
        self._tokens, self._clock = tokens, clock
        self.closed: set[str] = set()
        self.changed: dict[str, float] = {}
        self.reports: list[list[str]] = []
        self.too_often: list[str] = []
        self._last: dict[str, float] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the API's one route; without its slash at the end it is not served."""
        return [web.post("/app/report-accounts/", self._report)]

    async def _report(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        family = self._tokens.who(token if scheme == "Bearer" else "")
        if family is None:
            return web.json_response({"code": 401, "message": "Unauthorized"}, status=401)
        if SCOPE not in family.scopes:
            return web.json_response({"code": 401, "message": "Unauthorized; scope does not match"}, status=401)
        try:
            accounts = _accounts(json.loads(await request.text()))
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"errorType": "BAD_REQUEST", "errorMessage": str(error)}, status=400)
        now = self._clock()
        self.too_often += [a for a in accounts if now - self._last.get(a, 0) < CYCLE_SECONDS]
        self._last |= dict.fromkeys(accounts, now)
        self.reports.append(list(accounts))
        rows = [{"accountId": a, "status": "closed"} for a in accounts if a in self.closed]
        rows += [
            {"accountId": a, "status": "updated"}
            for a, at in accounts.items()
            if a not in self.closed and self.changed.get(a, 0) > at
        ]
        headers = {"Cycle-Period": "P7D"}
        if not rows:
            return web.Response(status=204, headers=headers)
        return web.json_response({"accounts": rows}, headers=headers)


def _accounts(body: dict[str, list[dict[str, str]]]) -> dict[str, float]:
    rows = body["accounts"]
    if not 0 < len(rows) <= MAX_ACCOUNTS:
        raise ValueError(f"1 to {MAX_ACCOUNTS} accounts can be reported at once.")
    return {row["accountId"]: _seconds(row["updatedAt"]) for row in rows}


def _seconds(text: str) -> float:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("updatedAt is no RFC 3339 time.")
    return at.timestamp()

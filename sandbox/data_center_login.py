"""Sign-in of a Data Center: its OAuth 2.0 provider for one incoming link, and personal access tokens.

https://confluence.atlassian.com/adminjiraserver/jira-oauth-2-0-provider-api-1115659070.html: two hours for an
access token; a refresh ends the pair before it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from aiohttp import web
from yarl import URL

from sandbox.people import PEOPLE, by_email
from sandbox.tokens import s256

ACCESS_SECONDS = 7200


@dataclass(slots=True)
class _Code:
    account_id: str
    redirect_uri: str
    challenge: str


@dataclass(slots=True)
class DataCenterLogin:
    """One incoming link (client) and all tokens. `clock` gives Unix seconds."""

    clock: Callable[[], float]
    client_id: str = "data-center-client"
    client_secret: str = "data-center-client-secret"
    personal: dict[str, str] = field(default_factory=dict)
    """Account id by personal access token."""
    access: dict[str, tuple[str, float]] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)

    def create_token(self, email: str) -> str:
        """Create a personal access token, as a person does in their profile."""
        person, token = by_email(email), secrets.token_urlsafe(33)
        if person is None:
            raise LookupError(email)
        self.personal[token] = person.account_id
        return token

    def expire_access_tokens(self) -> None:
        """End all access tokens of OAuth 2.0 now."""
        self.access.clear()

    def who(self, authorization: str) -> str:
        """Return the account of an Authorization header, empty if it holds no token that is valid."""
        scheme, _, token = authorization.partition(" ")
        account, until = self.access.get(token, ("", 0.0))
        if scheme != "Bearer":
            return ""
        return self.personal.get(token, "") or (account if until > self.clock() else "")

    def routes(self) -> list[web.RouteDef]:
        """Return the provider's routes."""
        return [
            web.get("/rest/oauth2/latest/authorize", self._authorize),
            web.post("/rest/oauth2/latest/authorize", self._decide),
            web.post("/rest/oauth2/latest/token", self._token),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("client_id") != self.client_id or query.get("response_type") != "code":
            return web.Response(status=400, text="There is no such client.")
        if query.get("scope") not in ("READ", "WRITE") or query.get("code_challenge_method") != "S256":
            return web.Response(status=400, text="The scope or the code challenge is not valid.")
        people = "".join(f'<option value="{escape(p.email)}">{escape(p.name)}</option>' for p in PEOPLE)
        page = f'<form method="post"><select name="person">{people}</select><button>Allow</button></form>'
        return web.Response(text=page, content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        query, form = request.query, await request.post()
        person, code = by_email(str(form["person"])), secrets.token_urlsafe(24)
        if person is None:
            return web.Response(status=400, text="There is no such person.")
        self.codes[code] = _Code(person.account_id, query["redirect_uri"], query["code_challenge"])
        back = URL(query["redirect_uri"]).update_query(code=code, state=query["state"])
        return web.Response(status=302, headers={"Location": str(back)})

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refuse("invalid_client")
        if form.get("grant_type") == "authorization_code":
            code = self.codes.pop(form.get("code", ""), None)
            if code is None or code.redirect_uri != form.get("redirect_uri"):
                return _refuse("invalid_grant")
            if s256(form.get("code_verifier", "")) != code.challenge:
                return _refuse("invalid_grant")
            return self._issue(code.account_id)
        account = self.refresh.pop(form.get("refresh_token", ""), None)
        if account is None or not form.get("redirect_uri"):
            return _refuse("invalid_grant")
        return self._issue(account)

    def _issue(self, account_id: str) -> web.Response:
        access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        self.access = {t: row for t, row in self.access.items() if row[0] != account_id}
        self.access[access] = (account_id, self.clock() + ACCESS_SECONDS)
        self.refresh[refresh] = account_id
        row = {"access_token": access, "refresh_token": refresh, "expires_in": ACCESS_SECONDS}
        return web.json_response({**row, "token_type": "bearer", "created_at": int(self.clock())})


def _refuse(error: str) -> web.Response:
    return web.json_response({"error": error, "error_description": "The provided grant is not valid."}, status=400)

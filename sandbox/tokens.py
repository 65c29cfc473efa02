"""Atlassian's OAuth 2.0 (3LO) without the HTTP: consents, codes, rotating refresh tokens.

A refresh token rotates at each use. The old one keeps working for ten minutes after its first use, for clients
that lost the response; a use after that counts as theft and ends the whole family. A family also ends after 90
days without use and 365 days after the consent (Atlassian's statements in its developer community).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

LEEWAY = 600
IDLE = 90 * 86_400
ABSOLUTE = 365 * 86_400
CODE_LIFE = 300


class OAuthProblem(Exception):  # noqa: N818 - the answer of a login, not a failure of the sandbox
    """A refusal by the token endpoint."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{status} {error}")
        self.status, self.error, self.description = status, error, description


def dead_token() -> OAuthProblem:
    """Return Atlassian's answer to a refresh token that is unknown, expired, revoked or reused."""
    return OAuthProblem(403, "invalid_grant", "Unknown or invalid refresh token.")


@dataclass(slots=True)
class Family:
    """The refresh tokens that descend from one consent."""

    account_id: str
    scopes: tuple[str, ...]
    born: float
    used: float
    revoked: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token. `used` is the time of its first use."""

    family: Family
    used: float | None = None


@dataclass(slots=True)
class AccessToken:
    """An access token."""

    family: Family
    expires: float


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, valid for one exchange."""

    account_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    expires: float


@dataclass(frozen=True, slots=True)
class TokenCall:
    """A call of the token endpoint, for tests. `outcome` is `ok`, `leeway`, `reuse` or the OAuth error."""

    grant_type: str
    at: float
    outcome: str
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token response; without the scope `offline_access` it has no refresh token."""

    access_token: str
    refresh_token: str
    expires_in: int
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Tokens:
    """All grants that people gave to the app. An account's `sites` only grow until they are revoked."""

    clock: Callable[[], float]
    access_seconds: int = 3600
    codes: dict[str, Code] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    sites: dict[str, set[str]] = field(default_factory=dict)
    calls: list[TokenCall] = field(default_factory=list)

    def consent(self, account_id: str, cloud_ids: set[str], code: Code) -> str:
        """Store a consent and return the code for the app."""
        self.sites.setdefault(account_id, set()).update(cloud_ids)
        name = secrets.token_urlsafe(32)
        self.codes[name] = code
        return name

    def exchange(self, code_name: str, redirect_uri: str, verifier: str) -> Issued:
        """Exchange an authorization code for tokens. Raises `OAuthProblem`."""
        code = self.codes.pop(code_name, None)
        bad = OAuthProblem(403, "invalid_grant", "authorization_code is invalid")
        if code is None or code.expires < self.clock() or code.redirect_uri != redirect_uri:
            raise self._log("authorization_code", bad)
        if code.challenge and s256(verifier) != code.challenge:
            raise self._log("authorization_code", bad)
        now = self.clock()
        family = Family(code.account_id, code.scopes, now, now)
        self.calls.append(TokenCall("authorization_code", now, "ok", code.account_id))
        return self._issue(family)

    def rotate(self, token: str) -> Issued:
        """Exchange a refresh token for new tokens. Raises `OAuthProblem` 403 if it is dead."""
        now, row = self.clock(), self.refresh.get(token)
        if row is None:
            raise self._log("refresh_token", dead_token())
        family = row.family
        if family.revoked or now - family.used > IDLE or now - family.born > ABSOLUTE:
            raise self._log("refresh_token", dead_token(), family.account_id)
        if row.used is not None and now - row.used > LEEWAY:
            family.revoked = True
            self.calls.append(TokenCall("refresh_token", now, "reuse", family.account_id))
            raise dead_token()
        self.calls.append(
            TokenCall("refresh_token", now, "ok" if row.used is None else "leeway", family.account_id)
        )
        row.used = now if row.used is None else row.used
        family.used = now
        return self._issue(family)

    def _log(self, grant_type: str, problem: OAuthProblem, account_id: str = "") -> OAuthProblem:
        self.calls.append(TokenCall(grant_type, self.clock(), problem.error, account_id))
        return problem

    def refuse(self, grant_type: str, problem: OAuthProblem) -> OAuthProblem:
        """Log a call that failed before its grant was read."""
        return self._log(grant_type, problem)

    def _issue(self, family: Family) -> Issued:
        access = secrets.token_urlsafe(48)
        self.access[access] = AccessToken(family, self.clock() + self.access_seconds)
        refresh = ""
        if "offline_access" in family.scopes:
            refresh = secrets.token_urlsafe(48)
            self.refresh[refresh] = RefreshToken(family)
        return Issued(access, refresh, self.access_seconds, family.scopes)

    def who(self, access_token: str) -> Family | None:
        """Return the account of an access token that is still valid."""
        row = self.access.get(access_token)
        alive = row is not None and row.expires > self.clock() and not row.family.revoked
        return row.family if row is not None and alive else None

    def revoke(self, account_id: str) -> None:
        """End all grants of a person, as on their Connected apps page."""
        self.sites.pop(account_id, None)
        for refresh in self.refresh.values():
            if refresh.family.account_id == account_id:
                refresh.family.revoked = True
        for access in self.access.values():
            if access.family.account_id == account_id:
                access.family.revoked = True

    def expire_access_tokens(self) -> None:
        """Expire all access tokens now."""
        for row in self.access.values():
            row.expires = self.clock()


def s256(verifier: str) -> str:
    """Return the PKCE challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()

"""A vault over real files and a real socket: Atlassian's login of the sandbox, with a clock that tests turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bot.accounts.grant_table import TABLE, Grant
from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import Tokens
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Person
from bot.jira.models import JiraUser, Site
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring
from sandbox.atlassian_login import AtlassianLogin
from sandbox.faults import Fault, Faults
from sandbox.people import PEOPLE, TENANT
from sandbox.tokens import Code
from tests.support.clock import Clock

CLIENT_ID, CLIENT_SECRET = "client", "client-secret-canary"
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user")
REDIRECT = "http://127.0.0.1/auth/jira/callback"
SITE = Site("cloud-1", "https://one.example", "One", SCOPES)
OTHER_SITE = Site("cloud-2", "https://two.example", "Two", SCOPES)
TOKEN_PATH = "^/oauth/token$"


@dataclass
class Atlassian:
    """The login on a socket, and what it saw."""

    login: AtlassianLogin
    faults: Faults
    url: str = ""
    scopes: tuple[str, ...] = (*SCOPES, "offline_access")
    """What people consent to."""

    @property
    def refreshes(self) -> list[str]:
        """How each refresh call ended that reached the login's own work."""
        return [call.outcome for call in self.login.tokens.calls if call.grant_type == "refresh_token"]

    def fault(self, **how: object) -> Fault:
        """Spoil calls of the token endpoint."""
        return self.faults.add(Fault(**{"path": TOKEN_PATH, **how}))  # type: ignore[arg-type]

    def consent(self, number: int = 0) -> Tokens:
        """Consent as this person; what the app gets."""
        who = PEOPLE[number].account_id
        scopes = self.scopes
        code = self.login.tokens.consent(
            who, {SITE.cloud_id}, Code(who, scopes, REDIRECT, "", self.login.clock() + 60)
        )
        issued = self.login.tokens.exchange(code, REDIRECT, "")
        return Tokens(issued.access_token, issued.refresh_token, float(issued.expires_in), scopes)


@dataclass
class VaultBench:
    """Everything that a vault test needs. `revoked` lists whom `on_revoked` was called for."""

    store: EmbeddedStore
    keyring: Keyring
    atlassian: Atlassian
    endpoint: TokenEndpoint
    clock: Clock
    vault: GrantVault
    folder: Path
    revoked: list[Person] = field(default_factory=list)

    async def link(self, number: int = 0, sites: tuple[Site, ...] = (SITE,)) -> Person:
        """Link one of the sandbox's people."""
        person = someone(number)
        tokens = self.atlassian.consent(number)
        await self.vault.save_link(person, user(number), sites, tokens, default_site=sites[0].cloud_id)
        return person

    async def grant(self, person: Person) -> Grant:
        """Read the stored record."""
        grant = await self.vault.table.get(person)
        assert grant is not None
        return grant

    def expire(self) -> None:
        """Let the access tokens run out."""
        self.clock.advance(3600)

    def accepts(self, token: str) -> bool:
        """Whether Jira would accept it."""
        return self.atlassian.login.tokens.who(token) is not None

    async def rows(self, table: str = TABLE) -> int:
        return len(await self.store.page(table))

    async def reopen(self) -> None:
        """Another process starts with the same folder."""
        self.store = EmbeddedStore(self.folder)
        await self.store.open()
        self.vault = self.restarted()

    def restarted(self) -> GrantVault:
        """Make a second vault on the same store, as another process or replica would have it."""

        async def on_revoked(person: Person) -> None:
            self.revoked.append(person)

        return GrantVault(self.store, self.keyring, self.endpoint, clock=self.clock, on_revoked=on_revoked)


def someone(number: int = 0) -> Person:
    return Person(TENANT, PEOPLE[number].oid)


def user(number: int = 0) -> JiraUser:
    return JiraUser(PEOPLE[number].account_id, PEOPLE[number].name, PEOPLE[number].email)

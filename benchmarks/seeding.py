"""The bridge as it stands in production: its settings, a store with linked people, and what they type."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.processes import ROOT, Running, running
from benchmarks.surroundings import ISSUE
from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import TokenAnswer, TokenOutcomeUnknown, Tokens
from bot.chat.identity import Person
from bot.config.settings import DEFAULT_SCOPES
from bot.http.lifespan import open_store_with_retry
from bot.jira.models import JiraUser, Site
from bot.jira.parse import parse_issue, parse_transitions
from bot.security.card_signing import Signer
from bot.storage.encryption import Keyring, new_key
from bot.storage.factory import open_store
from cards.issue import issue_card

SITE = Site("11111111-2222-4333-8444-555555555555", "https://example.atlassian.net", "example")
TOKEN_SECONDS = 30 * 86_400.0
ISSUE_KEY = "DEMO-12"
_IDS = itertools.count(10**12)
"""As Teams gives them: never the same twice, or the bridge would take the second for a repeated delivery."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A prepared store and the environment that `app.py serve` is started with."""

    environment: Mapping[str, str]

    def running(self, folder: Path) -> AbstractAsyncContextManager[Running]:
        """`app.py serve` on it, with `folder` as its working directory."""
        command = [sys.executable, str(ROOT / "app.py"), "serve"]
        port = int(self.environment["PORT"])
        return running(command, port, folder=folder, environment=self.environment)


class NoRefresh:
    """Stands where Atlassian's token endpoint stands: the seeded tokens outlive the run."""

    async def refresh(self, refresh_token: str, *, seconds: float = 0.0) -> TokenAnswer:
        del refresh_token, seconds
        return TokenOutcomeUnknown("a benchmark refreshes nothing")


def persons(around: Mapping[str, str], count: int) -> tuple[Person, ...]:
    """Name so many people of the surroundings' tenant."""
    return tuple(Person(around["tenant"], f"aaaaaaaa-0000-4000-8000-{n:012x}") for n in range(count))


async def prepare(url: str, around: Mapping[str, str], people: tuple[Person, ...], *, port: int) -> Bridge:
    """Link people in the new store at `url`."""
    key = new_key()
    keyring = Keyring([key])
    async with open_store_with_retry(open_store(url), keyring) as store:
        vault = GrantVault(store, keyring, NoRefresh())
        for number, person in enumerate(people):
            user = JiraUser(f"712020:{person.oid}", f"Person {number}", time_zone="Europe/Berlin")
            # Atlassian's access tokens are JWTs of some 2 KB.
            tokens = Tokens("t" * 2000, "r" * 1000, TOKEN_SECONDS, tuple(DEFAULT_SCOPES.split()))
            await vault.save_link(person, user, (SITE,), tokens, default_site=SITE.cloud_id)
        await vault.close()
    return Bridge(environment(around, port=port, key=key, store_url=url))


def environment(around: Mapping[str, str], *, port: int, key: str, store_url: str) -> dict[str, str]:
    """Return settings that point the bridge at the benchmark's surroundings, authentication on."""
    return {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STORE_URL": store_url,
        "ENCRYPTION_KEYS": key,
        "MICROSOFT_APP_ID": around["app_id"],
        "MICROSOFT_APP_PASSWORD": around["app_secret"],
        "MICROSOFT_APP_TENANT_ID": around["tenant"],
        "MICROSOFT_AUTHORITY": around["authority"],
        "BOT_OPENID_METADATA_URL": around["metadata"],
        "BOT_TOKEN_ISSUER": around["issuer"],
        "CA_BUNDLE": around["ca_bundle"],
        "ATLASSIAN_API_URL": around["jira"],
        "ATLASSIAN_AUTH_URL": around["jira"],
        "JIRA_CLIENT_ID": "benchmark",
        "JIRA_CLIENT_SECRET": "benchmark-client-secret",
        "JIRA_WEBHOOK_SECRET": "benchmark-webhook-secret",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
    }


def activity(around: Mapping[str, str], person: Person, kind: str, **more: object) -> dict[str, object]:
    """Build an activity as Teams sends it from a personal chat."""
    return {
        "type": kind,
        "id": str(next(_IDS)),
        "channelId": "msteams",
        "serviceUrl": around["service_url"],
        "timestamp": "2026-01-17T12:34:00.000Z",
        "localTimestamp": "2026-01-17T13:34:00.000+01:00",
        "localTimezone": "Europe/Berlin",
        "locale": "en-US",
        "from": {"id": f"29:{person.oid}", "name": "Alice Example", "aadObjectId": person.oid},
        "recipient": {"id": f"28:{around['app_id']}", "name": "Jira"},
        "conversation": {
            "id": f"a:{person.oid}",
            "conversationType": "personal",
            "tenantId": person.tenant,
        },
        "channelData": {"tenant": {"id": person.tenant}},
        **more,
    }


def card(person: Person) -> dict[str, object]:
    """Build the issue card as the bridge posts it, as an attachment: what the others post too."""
    issue = json.loads(ISSUE.read_text())
    content = issue_card(
        parse_issue(issue),
        site=SITE,
        transitions=parse_transitions(issue["transitions"]),
        sign=Signer([b"0" * 32]).bound_to(f"a:{person.oid}"),
        zone=ZoneInfo("Europe/Berlin"),
        now=datetime.now(UTC),
        shared=False,
    )
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}


def post(around: Mapping[str, str], body: Mapping[str, object]) -> bytes:
    """Build the HTTP request that delivers an activity."""
    data = json.dumps(body, separators=(",", ":")).encode()
    head = (
        "POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Microsoft-SkypeBotApi\r\n"
        f"Authorization: Bearer {around['inbound_token']}\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def messages(around: Mapping[str, str], people: tuple[Person, ...], count: int) -> Iterator[bytes]:
    """`show DEMO-12`, typed by one person after the other, each message with an id of its own."""
    extra: dict[str, object] = {
        "text": f"show {ISSUE_KEY}",
        "textFormat": "plain",
        "entities": [{"locale": "en-US", "country": "US", "platform": "Web", "type": "clientInfo"}],
    }
    typed = [activity(around, person, "message", **extra) for person in people]
    requests = [(b'"id":"%b"' % str(message["id"]).encode(), post(around, message)) for message in typed]
    for (first_id, request), _ in zip(itertools.cycle(requests), range(count), strict=False):
        yield request.replace(first_id, b'"id":"%d"' % next(_IDS), 1)

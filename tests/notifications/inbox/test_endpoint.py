"""`POST /jira/webhooks` over real sockets (T10-T16, F18, F19)."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from yarl import URL

from bot.notifications.inbox.endpoint import Backlog, WebhookEndpoint, WebhookSecrets, routes
from bot.notifications.messages import INBOX
from bot.notifications.metrics import Metrics
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Job, StoreUnavailableError
from bot.storage.embedded import EmbeddedStore
from bot.storage.embedded.database import Database
from tests.support.clock import Clock
from tests.support.notifications.payloads import delivery
from tests.support.serving import serving

SECRET = "hook-secret"
PATH = "/jira/webhooks"


class Front:
    """A receiver behind a real server."""

    def __init__(self, store: EmbeddedStore, clock: Clock) -> None:
        self.store, self.clock, self.backlog, self.load = store, clock, Backlog(), LoadShedder()
        self.registry = CollectorRegistry()
        self.secrets = WebhookSecrets((SECRET, "second"), "client-secret-of-32-bytes-at-least!", "app")
        self.receiver = WebhookEndpoint(
            store,
            self.secrets,
            Metrics(self.registry),
            backlog=self.backlog,
            load=self.load,
            clock=clock,
            body_timeout=1.0,
        )
        self.base, self.port = "", 0
        self.http: aiohttp.ClientSession

    async def post(self, body: bytes, *, secret: str = SECRET, name: str = "", **headers: str) -> tuple[int, str]:
        named = {n.replace("_", "-"): v for n, v in headers.items()}
        named.setdefault("X-Hub-Signature", f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}")
        if name:
            named["X-Atlassian-Webhook-Identifier"] = name
        async with self.http.post(self.base + PATH, data=body, headers=named) as response:
            return response.status, await response.text()

    async def kept(self) -> int:
        return (await self.store.stats(INBOX)).waiting

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"jira_webhook_{name}", labels) or 0.0

    async def raw(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """Send bytes as they are, and read until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    clock = Clock()
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    front = Front(store, clock)
    app = web.Application()
    app.add_routes(routes(front.receiver))
    async with serving(app, lingering_seconds=0.2) as front.base, aiohttp.ClientSession() as front.http:
        front.port = URL(front.base).port or 0
        yield front
    await store.close()


def body_of(clock: Clock, **more: object) -> bytes:
    return json.dumps(delivery(at=clock.now, **more)).encode()  # type: ignore[arg-type]


async def test_a_delivery_is_kept_and_answered(front: Front) -> None:
    body = body_of(front.clock)
    assert await front.post(body, name="delivery-1") == (200, "ok")
    [leased] = await front.store.lease(INBOX, limit=2, seconds=5)
    assert leased.job.payload["body"] == json.loads(body)
    assert leased.job.payload["received"] == front.clock.now
    assert leased.job.keys == ("delivery:delivery-1",)


async def test_under_load_a_delivery_is_refused_unread_and_taken_when_it_comes_again(front: Front) -> None:
    for _ in range(10):
        front.load.adjust(60.0)
    body = body_of(front.clock)
    async with front.http.post(front.base + PATH, data=body, headers={"X-Hub-Signature": "unread"}) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "30")
    assert (front.counted("rejected_total", reason="overload"), front.counted("received_total")) == (1, 0)
    for _ in range(10):
        front.load.adjust(0.0)
    assert await front.post(body) == (200, "ok")
    assert await front.kept() == 1


async def test_a_second_secret_counts_while_one_is_rotated(front: Front) -> None:
    assert (await front.post(body_of(front.clock), secret="second"))[0] == 200


async def test_t13_a_replay_is_acknowledged_and_kept_once(front: Front) -> None:
    body = body_of(front.clock)
    answers = {await front.post(body, name=f"fresh-{n}") for n in range(20)}
    assert answers == {(200, "ok")}
    assert await front.kept() == 1
    assert front.counted("duplicate_total", stage="delivery") == 19


async def test_t13_a_retry_with_its_identifier_is_kept_once(front: Front) -> None:
    await front.post(body_of(front.clock), name="same")
    assert await front.post(body_of(front.clock, number=2), name="same") == (200, "ok")
    assert await front.kept() == 1


async def test_t13_a_replay_does_not_use_up_anothers_identifier(front: Front) -> None:
    await front.post(body_of(front.clock), name="first")
    await front.post(body_of(front.clock), name="of-the-next")
    await front.post(body_of(front.clock, number=2), name="of-the-next")
    assert await front.kept() == 2


@pytest.mark.parametrize("name", ["a b", "é", "x" * 129, "a,b"])
async def test_an_odd_identifier_is_no_name(front: Front, name: str) -> None:
    await front.post(body_of(front.clock), name=name)
    await front.post(body_of(front.clock, number=2), name=name)
    assert await front.kept() == 2


async def test_t13_a_body_older_than_a_day_is_acknowledged_and_dropped(front: Front) -> None:
    body = body_of(front.clock)
    front.clock.now += 86401
    assert await front.post(body) == (200, "ok")
    assert await front.kept() == 0
    assert front.counted("ignored_total", reason="stale") == 1


BAD = {
    "wrong secret": {"X_Hub_Signature": "sha256=" + "0" * 64},
    "upper case": {"X_Hub_Signature": "sha256=" + "A" * 64},
    "sha1": {"X_Hub_Signature": "sha1=" + "0" * 40},
    "empty": {"X_Hub_Signature": ""},
    "token": {"X_Hub_Signature": "", "Authorization": "Bearer a.b.c"},
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
async def test_t10_every_bad_proof_has_the_same_answer(front: Front, headers: dict[str, str]) -> None:
    assert await front.post(body_of(front.clock), **headers) == (401, "Not shown to be from Jira.")
    assert await front.post(b"\xff{", **headers) == (401, "Not shown to be from Jira.")
    assert await front.kept() == 0


async def test_t10_odd_bytes_in_the_header_are_no_500(front: Front) -> None:
    for value in (b"sha256=\xe9\xff", b"sha256=" + "é".encode() * 64):
        request = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n%s\r\n\r\n{}"
        answer = await front.raw(request % (PATH.encode(), b"X-Hub-Signature: " + value))
        assert answer.split(b" ", 2)[1] in (b"400", b"401")


async def test_t10_two_signatures_are_refused(front: Front) -> None:
    good = hmac.new(SECRET.encode(), b"{}", "sha256").hexdigest().encode()
    line = b"X-Hub-Signature: sha256=%s\r\n" % good
    request = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n%s\r\n{}"
    assert b" 401 " in (await front.raw(request % (PATH.encode(), line * 2)))[:20]
    assert b" 200 " in (await front.raw(request % (PATH.encode(), line)))[:20]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity", "rot13"])
async def test_t11_an_encoded_body_is_refused(front: Front, encoding: str) -> None:
    body = gzip.compress(body_of(front.clock))
    assert (await front.post(body, Content_Encoding=encoding))[0] == 415
    assert await front.kept() == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"a": NaN}', b'{"a":1,"a":2}', b'{"a": "\xff"}', b"[" * 70 + b"]" * 70]
)
async def test_t16_signed_nonsense_is_400(front: Front, body: bytes) -> None:
    assert (await front.post(body))[0] == 400
    assert await front.kept() == 0


async def test_t16_nul_does_not_reach_the_store(front: Front) -> None:
    body = rb'{"webhookEvent": "a\u0000b"}'
    assert (await front.post(body))[0] == 200
    [leased] = await front.store.lease(INBOX, limit=1, seconds=5)
    assert leased.job.payload["body"] == {"webhookEvent": "ab"}


@pytest.mark.parametrize("chunked", [False, True])
async def test_t14_more_than_a_mebibyte_is_413(front: Front, chunked: bool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    data = parts() if chunked else b" " * ((1 << 20) + 1)
    try:
        async with front.http.post(front.base + PATH, data=data) as response:
            assert response.status == 413
    except aiohttp.ClientConnectionError:
        # The answer may come while the body is still being sent; the server hangs up on the rest.
        assert front.counted("rejected_total", reason="too large") == 1


async def test_a_full_mebibyte_is_taken(front: Front) -> None:
    body = body_of(front.clock)
    assert (await front.post(body + b" " * ((1 << 20) - len(body))))[0] == 200


async def test_t15_a_body_that_trickles_is_408(front: Front) -> None:
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" % PATH.encode()
    answer = await front.raw(head, b"{", pause=0.0)
    assert b" 408 " in answer[:20]
    assert b"Connection: close" in answer


async def test_a_broken_chunked_body_is_no_500(front: Front) -> None:
    head = (
        b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" % PATH.encode()
    )
    answer = await front.raw(head + b"zz\r\nnonsense\r\n")
    assert answer.split(b" ", 2)[1] == b"400"


async def test_f19_a_store_that_fails_is_503_at_once(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(queue: str, job: Job) -> bool:
        raise StoreUnavailableError("disk full")

    monkeypatch.setattr(front.store, "enqueue", fails)
    async with front.http.post(front.base + PATH, data=b"{}", headers=_signed(b"{}")) as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0


async def test_f19_a_store_that_hangs_is_503_in_time(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, commit = threading.Event(), Database._commit
    monkeypatch.setattr(Database, "_commit", lambda *arguments: disk.wait(30) and commit(*arguments))
    body = body_of(front.clock)
    assert [(await front.post(body))[0], (await front.post(body))[0]] == [503, 503]
    disk.set()
    assert (await front.post(body))[0] == 200
    assert (await front.store.stats(INBOX)).waiting == 1


async def test_f22_a_full_inbox_takes_no_more(front: Front) -> None:
    front.backlog.waiting = 50_000
    assert (await front.post(body_of(front.clock)))[0] == 503
    front.backlog.waiting = 49_999
    assert (await front.post(body_of(front.clock)))[0] == 200


async def test_other_methods_are_405(front: Front) -> None:
    async with front.http.get(front.base + PATH) as response:
        assert response.status == 405


async def test_t40_neither_metrics_nor_repr_hold_a_secret_or_an_identity(front: Front) -> None:
    await front.post(body_of(front.clock), name="delivery-1")
    await front.post(body_of(front.clock), secret="guess")
    shown = generate_latest(front.registry).decode() + repr(WebhookSecrets((SECRET,), "app-secret", "app"))
    for hidden in (SECRET, "app-secret", "PROJ", "atlassian.net", "Bob", "delivery-1"):
        assert hidden not in shown


def _signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature": f"sha256={hmac.new(SECRET.encode(), body, 'sha256').hexdigest()}"}


@pytest.mark.parametrize(
    ("host", "secret", "status"),
    [
        ("jira.office.example", "secret-of-the-office", 200),
        ("jira.lab.example", "secret-of-the-office", 401),
        ("acme.atlassian.net", "secret-of-the-office", 401),
        ("zzz.atlassian.net", "secret-of-the-office", 401),
        ("jira.office.example", SECRET, 401),
        ("acme.atlassian.net", SECRET, 200),
    ],
)
async def test_t45_the_secret_of_a_data_center_is_good_for_its_own_host(
    front: Front, host: str, secret: str, status: int
) -> None:
    front.secrets.data_centers = {
        "jira.office.example": "secret-of-the-office",
        "jira.lab.example": "secret-of-the-lab",
    }
    issue = {"id": "1", "key": "DEMO-1", "self": f"https://{host}/rest/api/2/issue/1"}
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": issue}).encode()
    assert (await front.post(body, secret=secret))[0] == status


async def test_a_backlog_beyond_the_limit_takes_nothing(front: Front) -> None:
    front.backlog.waiting = 60_000
    assert (await front.post(b'{"webhookEvent": "jira:issue_updated"}'))[0] == 503
    assert await front.kept() == 0


def test_t40_no_secret_is_in_the_representation() -> None:
    shown = repr(WebhookSecrets(("one-secret",), "two-secret", "app", {"jira.office.example": "three-secret"}))
    assert "secret'" not in shown
    assert "three" not in shown

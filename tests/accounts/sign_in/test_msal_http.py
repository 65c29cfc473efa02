"""T14, T36, T40: what MSAL asks Microsoft goes over TLS that is checked, follows nobody and says no secret."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import pytest
import trustme
from aiohttp import web

from bot.accounts.sign_in import msal_http
from bot.accounts.sign_in.msal_http import MAX_BODY_BYTES, Answer, MicrosoftUnavailableError, MsalHttp
from sandbox.connect_proxy import connect_proxy
from tests.support.world import free_port

CANARY = "canary-of-a-secret"
JSON = {"Content-Type": "application/json"}


@dataclass
class Login:
    """An HTTPS server that answers as it is told, and keeps what was sent."""

    url: str
    tls: ssl.SSLContext
    answers: list[web.Response] = field(default_factory=list)
    pieces: Iterable[bytes] = ()
    length: int | None = None
    """What is said of the length of the pieces; None: they are chunks."""
    sent: int = 0
    seen: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path_qs, dict(request.headers), await request.text()))
        if self.pieces:
            return await self._send_pieces(request)
        return self.answers.pop(0) if self.answers else web.json_response({"ok": True}, headers={"X-Said": "yes"})

    async def _send_pieces(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_length = self.length
        await answer.prepare(request)
        for piece in self.pieces:
            await answer.write(piece)
            self.sent += len(piece)
            await asyncio.sleep(0)  # a connection that was closed is noticed
        return answer

    def client(self) -> MsalHttp:
        return MsalHttp(self.tls)


@pytest.fixture
async def login() -> AsyncIterator[Login]:
    authority, port = trustme.CA(), free_port()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("localhost", "login.example").configure_cert(theirs)
    login, app = Login(f"https://localhost:{port}", ours), web.Application()
    app.router.add_route("*", "/{rest:.*}", login.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=theirs).start()
    yield login
    await runner.cleanup()


async def test_get_and_post_bring_what_they_were_given_and_give_what_came_back(login: Login) -> None:
    http = login.client()
    got = await asyncio.to_thread(http.get, f"{login.url}/a", {"q": "1"}, {"X-Own": "h"})
    assert (got.status_code, got.text, got.headers["X-Said"]) == (200, '{"ok": true}', "yes")
    await asyncio.to_thread(http.post, f"{login.url}/b", {"q": "2"}, {"code": CANARY}, {"X-Own": "i"})
    await asyncio.to_thread(http.get, f"{login.url}/c")
    await asyncio.to_thread(http.post, f"{login.url}/d", data={"x": "y"})
    sent = [(method, path, headers.get("X-Own"), body) for method, path, headers, body in login.seen]
    assert sent == [
        ("GET", "/a?q=1", "h", ""),
        ("POST", "/b?q=2", "i", f"code={CANARY}"),
        ("GET", "/c", None, ""),
        ("POST", "/d", None, "x=y"),
    ]
    assert "ok" not in repr(got)
    assert "X-Said" not in repr(got)


async def test_t36_an_authority_that_is_not_trusted_gets_nothing(login: Login) -> None:
    stranger = MsalHttp(ssl.create_default_context())
    with pytest.raises(MicrosoftUnavailableError):
        await asyncio.to_thread(stranger.post, f"{login.url}/token", data={"client_secret": CANARY})
    assert login.seen == []


async def test_t36_no_authority_is_trusted_beside_those_it_was_given(login: Login) -> None:
    given = login.tls.cert_store_stats()
    await asyncio.to_thread(login.client().get, f"{login.url}/a")
    assert login.tls.cert_store_stats() == given


async def test_the_authority_is_trusted_through_a_proxy_as_well(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with connect_proxy({"login.example": int(login.url.rpartition(":")[2])}, asked) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        assert (await asyncio.to_thread(login.client().get, "https://login.example/a")).status_code == 200
    assert asked == ["login.example"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_t36_redirects_are_not_followed(login: Login, status: int) -> None:
    login.answers = [web.Response(status=status, headers={"Location": f"{login.url}/elsewhere"}, text="{}")]
    answer = await asyncio.to_thread(login.client().post, f"{login.url}/token", data={"client_secret": CANARY})
    assert (answer.status_code, len(login.seen)) == (status, 1)


@pytest.mark.parametrize("text", ["<html>canary-of-a-secret", '{"access_token": "canary-of-a-secr', "", "\xff"])
async def test_t40_what_is_no_json_is_not_shown(login: Login, text: str) -> None:
    login.answers = [web.Response(status=200, body=text.encode("latin-1"), headers=JSON)]
    with pytest.raises(MicrosoftUnavailableError) as raised:
        await asyncio.to_thread(login.client().get, f"{login.url}/a")
    assert "canary" not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert raised.value.__suppress_context__


async def test_f06_nobody_who_answers_is_said_without_the_address(login: Login) -> None:
    with pytest.raises(MicrosoftUnavailableError) as raised:
        await asyncio.to_thread(login.client().get, f"https://localhost:1/a?code={CANARY}")
    assert CANARY not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(("size", "taken"), [(1 << 20, True), ((1 << 20) + 1, False)])
async def test_t14_answer_has_a_mebibyte_at_most(login: Login, size: int, taken: bool) -> None:
    login.answers = [web.Response(body=b'"%s"' % (b"a" * (size - 2)), headers=JSON)]
    if taken:
        assert len((await asyncio.to_thread(login.client().get, f"{login.url}/a")).text) == size
        return
    with pytest.raises(MicrosoftUnavailableError, match="endless"):
        await asyncio.to_thread(login.client().get, f"{login.url}/a")


@pytest.mark.parametrize("length", [None, 1 << 34])
async def test_t14_no_more_is_read_of_an_answer_without_end(login: Login, length: int | None) -> None:
    login.pieces, login.length = itertools.repeat(b" " * 65_537), length
    with pytest.raises(MicrosoftUnavailableError, match="endless"):
        await asyncio.to_thread(login.client().get, f"{login.url}/a")
    assert login.sent < 16 * MAX_BODY_BYTES


def test_f36_nobody_waits_longer_for_microsoft_than_is_promised() -> None:
    limits = (msal_http.CONNECT_TIMEOUT, msal_http.READ_TIMEOUT, msal_http.TOTAL_TIMEOUT)
    assert limits == (3, 8, 10)


async def test_t15_answer_that_takes_too_long_in_all_is_given_up(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(msal_http, "TOTAL_TIMEOUT", 0.9)
    assert (await asyncio.to_thread(login.client().get, f"{login.url}/a")).status_code == 200
    monkeypatch.setattr(msal_http, "TOTAL_TIMEOUT", -1.0)
    with pytest.raises(MicrosoftUnavailableError, match="endless"):
        await asyncio.to_thread(login.client().get, f"{login.url}/a")


@pytest.mark.parametrize(("status", "fails"), [(200, False), (302, False), (399, False), (400, True), (503, True)])
def test_error_status_raises_when_msal_asks(status: int, fails: bool) -> None:
    answer = Answer(status, CANARY, {})
    if not fails:
        answer.raise_for_status()
        return
    with pytest.raises(MicrosoftUnavailableError, match=str(status)):
        answer.raise_for_status()


async def test_a_closed_client_opens_again(login: Login) -> None:
    http = login.client()
    for _ in range(2):
        assert (await asyncio.to_thread(http.get, f"{login.url}/a")).status_code == 200
        http.close()

"""Checks that PUBLIC_URL leads to this installation, path by path, before its first start and while it runs.

Each request carries a nonce, and only a process with ENCRYPTION_KEYS can answer it (`bot.http.reachability`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import orjson
from aiohttp import web

from bot.admin.checks.certificate import check_days_left
from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding, failed, passed, warned
from bot.admin.checks.web import Answer, UnreachableError, Web
from bot.config.settings import Settings
from bot.http.listen_error import explain_listen_error
from bot.http.loopback import is_loopback_url
from bot.http.reachability import NONCE_HEADER, PROOF_HEADER, PURPOSE, Reachability, new_nonce
from bot.jira.webhooks.signature import BadSignatureError, verify
from bot.storage.base import parse_store_url
from bot.storage.encryption import Keyring

NAME = "PUBLIC_URL"
_PATHS = (
    ("POST", "/api/messages"),
    ("POST", "/jira/webhooks"),
    ("GET", "/connect"),
    ("GET", "/auth/microsoft/callback"),
    ("GET", "/auth/jira/callback"),
)
_FORWARD = "Forward the public paths to HOST and PORT, with their headers (docs: Behind a reverse proxy)."

_STRIP = "Take the path out of PUBLIC_URL, or let the proxy strip it from the requests that it forwards."


@dataclass(frozen=True, slots=True)
class _Local:
    """What listens on HOST and PORT: a process of this installation, or another program (`instance` empty)."""

    instance: str
    is_bridge: bool
    """False while `check` itself listens."""
    error: OSError | None = None
    """Why `check` cannot listen there, although nothing answers."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back on one path. `instance`: the process that answered, empty for anything else."""

    method: str
    path: str
    instance: str = ""
    answer: Answer | None = field(default=None, repr=False)
    error: UnreachableError | None = None

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"


async def check_public_url(context: Context) -> Sequence[Finding]:
    """Find out who answers at PUBLIC_URL. While the bridge does not run, this process listens in its place."""
    reachability = Reachability(Keyring(context.settings.keys).derive(PURPOSE))
    findings: list[Finding] = []
    async with _listening(context, reachability) as local:
        if local.error is not None:
            reason, remedy = explain_listen_error(local.error)
            findings.append(failed("HOST and PORT", f"cannot listen there ({reason}).", remedy))
        elif not local.instance:
            message = "another program listens there, or a bridge with other ENCRYPTION_KEYS."
            remedy = "Choose another PORT, or restart the bridge, so that it reads its settings again."
            findings.append(failed("HOST and PORT", message, remedy))
        replies = await asyncio.gather(*(_ask(context, reachability, *path) for path in _PATHS))
    findings += _judge_replies(context.settings, local, replies)
    if context.settings.base_url.startswith("https://"):
        certificate = await check_days_left(NAME, context.settings.base_url, context.tls)
        findings += [certificate] if certificate else []
    if is_loopback_url(context.settings.base_url):
        remedy = "Set the https address at which your reverse proxy makes the bridge public."
        findings.append(warned(NAME, "only this machine can reach it: Teams and Jira cannot.", remedy))
    return findings


async def _ask(context: Context, reachability: Reachability, method: str, path: str) -> _Reply:
    nonce = new_nonce()
    is_webhook = path == "/jira/webhooks"
    body, headers = _signed_delivery(context.settings, nonce) if is_webhook else (None, {})
    try:
        answer = await context.web.ask(
            f"{context.settings.base_url}{path}",
            method=method,
            headers={NONCE_HEADER: nonce, **headers},
            body=body,
            with_clock=False,
        )
    except UnreachableError as error:
        return _Reply(method, path, error=error)
    instance = reachability.read_proof(nonce, answer.headers.get(PROOF_HEADER, ""))
    return _Reply(method, path, instance, answer)


def _signed_delivery(settings: Settings, nonce: str) -> tuple[bytes, dict[str, str]]:
    """Return a delivery as Jira would sign it, of an event that concerns no issue."""
    body = orjson.dumps({"webhookEvent": "check", "nonce": nonce})
    secret = settings.webhook_secrets[0] if settings.webhook_secrets else ""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"X-Hub-Signature": f"sha256={signature}", "Content-Type": "application/json"}


def _judge_replies(settings: Settings, local: _Local, replies: Sequence[_Reply]) -> list[Finding]:
    unreachable = [reply.error for reply in replies if reply.error]
    if len(unreachable) == len(replies):
        return [failed(NAME, str(unreachable[0]), unreachable[0].remedy)]
    foreign = [reply for reply in replies if not reply.instance]
    if not foreign and all(reply.answer and reply.answer.status == 404 for reply in replies):
        return [failed(NAME, "leads to this bridge, which does not know the path in it.", _STRIP)]
    if len(foreign) == len(replies):
        answer = next(reply.answer for reply in replies if reply.answer)
        return [failed(NAME, _describe_stranger(answer), _FORWARD)]
    if foreign:
        paths = ", ".join(reply.what for reply in foreign)
        return [failed(NAME, f"not all paths lead to this bridge; something else answers {paths}.", _FORWARD)]
    others = {reply.instance for reply in replies} - {local.instance}
    return [_judge_process(settings, local, others), *_judge_webhook(settings, replies)]


def _describe_stranger(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return "something in between redirects to another address, such as a sign-in page."
    if answer.status in (502, 503, 504):
        return f"the proxy answers {answer.status}: it does not reach HOST and PORT."
    if PROOF_HEADER in answer.headers:
        return "another bridge answers: one with other ENCRYPTION_KEYS."
    return f"a proxy or another program answers ({answer.status}), not this bridge."


def _judge_process(settings: Settings, local: _Local, others: set[str]) -> Finding:
    """Judge whether the process that answered is the one that listens here."""
    if not others:
        state = "the running bridge" if local.is_bridge else "this machine, where the bridge is not running yet"
        return passed(NAME, f"leads to {state}, on all public paths")
    if parse_store_url(settings.store_url.get_secret_value()).engine == "postgresql":
        return passed(NAME, "leads to another replica of this installation, on all public paths")
    return warned(
        NAME,
        "leads to another process with the same ENCRYPTION_KEYS than the one on this machine's HOST and PORT.",
        "Stop the old one, or correct the address that the proxy forwards to. (In a container of its own, check "
        "sees the bridge so: run it in the bridge's.)",
    )


def _judge_webhook(settings: Settings, replies: Sequence[_Reply]) -> list[Finding]:
    name = "JIRA_WEBHOOK_SECRET"
    if not settings.webhook_secrets:
        remedy = "Set one (teams-jira keys makes one), and create the webhook in Jira with it."
        return [
            warned(name, "is not set: channels are notified late, from searches, and not of deletions.", remedy)
        ]
    answer = next(reply.answer for reply in replies if reply.path == "/jira/webhooks")
    if answer is not None and answer.status == 401:
        remedy = "Reload or restart the bridge, so that it reads the secret again."
        return [failed(name, "the running bridge has another secret.", remedy)]
    if answer is not None and answer.status != 200:
        remedy = "See what is said of STORE_URL."
        return [failed(name, f"the running bridge answers a signed webhook with {answer.status}.", remedy)]
    return [passed(name, "a webhook that is signed with it is accepted")]


@asynccontextmanager
async def _listening(context: Context, reachability: Reachability) -> AsyncIterator[_Local]:
    """Find the running bridge on HOST and PORT, or listen there in its place while the block runs."""
    settings = context.settings
    nonce = new_nonce()
    try:
        async with aiohttp.ClientSession() as session:  # which no proxy of the environment concerns
            answer = await Web(session).ask(_local_url(settings), headers={NONCE_HEADER: nonce})
    except UnreachableError:
        pass
    else:
        yield _Local(reachability.read_proof(nonce, answer.headers.get(PROOF_HEADER, "")), is_bridge=True)
        return
    runner = web.AppRunner(_make_stand_in(settings, reachability), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
        except OSError as error:
            yield _Local("", is_bridge=False, error=error)
        else:
            yield _Local(reachability.instance, is_bridge=False)
    finally:
        await runner.cleanup()


def _local_url(settings: Settings) -> str:
    unspecified = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is not listened on, but replaced
    host = unspecified.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/healthz"


def _make_stand_in(settings: Settings, reachability: Reachability) -> web.Application:
    """Build what answers in the bridge's place: nothing but the proof, and whether a webhook is signed."""

    async def put_off(_request: web.Request) -> web.Response:
        return web.Response(status=503, text="The bridge does not run yet.", headers={"Retry-After": "30"})

    async def take_webhook(request: web.Request) -> web.Response:
        if NONCE_HEADER not in request.headers:  # Jira's own: the bridge takes it when it is sent again
            return await put_off(request)
        headers = {"x-hub-signature": request.headers.getall("X-Hub-Signature", [])}
        body = await request.read()
        try:
            verify(headers, body, secrets=settings.webhook_secrets, client_secret="", client_id="", now=0.0)
        except BadSignatureError:
            return web.Response(status=401)
        return web.Response(text="ok")

    app = web.Application()
    for method, path in _PATHS:
        app.router.add_route(method, path, take_webhook if path == "/jira/webhooks" else put_off)
    reachability.add_to(app)
    return app

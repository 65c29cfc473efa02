"""What a bot talks to, as one process.

That is Jira's gateway, the Bot Connector, Microsoft's login over TLS, and the keys of the Bot Framework. Jira and
the connector answer the same bytes each time, so they cost next to nothing.
Prints one line of JSON when it listens; ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import ssl
import sys
from collections import Counter
from pathlib import Path

import trustme
from aiohttp import web

from benchmarks.wire import Answer, Server, response
from sandbox.microsoft_login import MicrosoftLogin
from sandbox.people import PEOPLE, TENANT
from sandbox.teams_issuer import ISSUER, BotFrameworkIssuer

APP_ID = "00000000-0000-4000-8000-00000000abcd"
APP_SECRET = "benchmark-app-secret"
TOKEN_SECONDS = 86_400
ISSUE = Path(__file__).with_name("issue.json")
_ISSUE_PATH = re.compile(rb"/ex/jira/[^/]+/rest/api/3/issue/([A-Z]+-[0-9]+)(/[a-z]+)?")


class Fakes:
    """Jira and the connector on one port. `counts` says what was called; `GET /counts` reads it."""

    def __init__(self, jira_delay: float) -> None:
        issue = json.loads(ISSUE.read_text())
        self._delay = jira_delay
        self._issue = response(200, _compact(issue))
        self._transitions = response(200, _compact({"transitions": issue["transitions"]}))
        self._no_fields = response(200, b"[]")
        self._done = response(204)
        self._missing = response(404, b"{}")
        self._ids = 1_700_000_000_000
        self.counts: Counter[str] = Counter()

    def answer(self, method: bytes, target: bytes, body: bytes) -> Answer:
        """Return the answer, and after how many seconds it is sent."""
        path = target.partition(b"?")[0]
        if path.startswith(b"/v3/"):
            return self._connector(method, path, body), 0.0
        if path == b"/counts":
            return response(200, _compact(self.counts)), 0.0
        return self._jira(method, path), self._delay

    def _jira(self, method: bytes, path: bytes) -> bytes:
        if path.endswith(b"/field"):
            return self._no_fields
        called = _ISSUE_PATH.fullmatch(path)
        if called is None:
            self.counts["unknown"] += 1
            return self._missing
        if method != b"GET":
            self.counts["jira_writes"] += 1
            return self._done
        if called[2] == b"/transitions":
            self.counts["jira_transitions"] += 1
            return self._transitions
        self.counts["jira_issues"] += 1
        return self._issue

    def _connector(self, method: bytes, path: bytes, body: bytes) -> bytes:
        if b"/members" in path:
            return self._missing
        if b'"type":"typing"' in body or b'"type": "typing"' in body:
            self.counts["typing"] += 1
        else:
            self.counts["posts" if method == b"POST" else "updates"] += 1
            self.counts["last_bytes"] = len(body)
        self._ids += 1
        return response(201, b'{"id":"%d"}' % self._ids)


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def _microsoft(folder: Path) -> MicrosoftLogin:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(tls)
    login = MicrosoftLogin(APP_ID, APP_SECRET, PEOPLE)
    login.token_seconds = TOKEN_SECONDS
    login.tls_url = f"https://127.0.0.1:{await _serve(login.tls_routes(), tls)}"
    return login


async def _serve(routes: list[web.RouteDef], tls: ssl.SSLContext | None = None) -> int:
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    port: int = runner.addresses[0][1]
    return port


async def main(folder: Path, fakes: Fakes) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(fakes.answer), "127.0.0.1", 0, backlog=1024)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    issuer = BotFrameworkIssuer()
    openid = f"http://127.0.0.1:{await _serve(issuer.routes())}/openid"
    login = await _microsoft(folder)
    found = {
        "jira": url,
        "service_url": f"{url}/",
        "metadata": f"{openid}/metadata",
        "keys": f"{openid}/keys",
        "issuer": ISSUER,
        "inbound_token": issuer.token(APP_ID, f"{url}/", exp=4_102_444_800),
        "authority": login.authority,
        "ca_bundle": str(folder / "ca.pem"),
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "tenant": TENANT,
        "pid": str(os.getpid()),
    }
    print(json.dumps(found), flush=True)
    await asyncio.to_thread(sys.stdin.read)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a command line that `benchmarks.processes.surroundings` starts."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path, help="where the certificate authority is written")
    parser.add_argument("--jira-delay", type=float, default=0.0, help="seconds that each call to Jira takes")
    return parser


if __name__ == "__main__":
    options = arguments(__doc__).parse_args()
    asyncio.run(main(options.folder, Fakes(options.jira_delay)))

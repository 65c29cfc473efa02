"""Stoplight's Prism as a validating proxy between the bridge and the sandbox's Jira.

Prism leaves the path of a document's server out of account, so a small server stands on either side of it: towards
the bridge it takes `/ex/jira/{cloudId}` off, and towards the sandbox it is the address that does not change.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from yarl import URL

from sandbox.seed import CLOUD_ID
from tests.support.npm import installed
from tests.support.serving import serving
from tests.support.world import free_port

PACKAGE = Path(__file__).parent / "package.json"
START_SECONDS = 60
SITE = f"/ex/jira/{CLOUD_ID}"
_PASSED_ON = frozenset({"authorization", "accept", "content-type", "user-agent"})
_PASSED_BACK = frozenset({"content-type", "retry-after"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that went through Prism; `violations` is what it found wrong, each in a line."""

    method: str
    path: str
    status: int
    violations: tuple[str, ...] = ()


@dataclass
class Proxy:
    """Use `url` for Atlassian's API; `upstream` is the sandbox's and has to be set before the first call."""

    url: str = ""
    upstream: str = ""
    checked: list[Checked] = field(default_factory=list)
    reached: int = 0
    """So many of the checked requests Prism has passed on."""
    prism: str = ""
    session: aiohttp.ClientSession = field(init=False)

    async def _through_prism(self, request: web.Request) -> web.Response:
        path = request.rel_url.raw_path.removeprefix(SITE)
        answer = await self._pass_on(request, self.prism + path)
        found: tuple[str, ...] = ()
        if answer.content_type == "application/problem+json":
            found = tuple(_problems(json.loads(answer.body or b"{}")))  # type: ignore[arg-type]
        self.checked.append(Checked(request.method, path, answer.status, found))
        return answer

    async def _from_prism(self, request: web.Request) -> web.Response:
        self.reached += 1
        return await self._pass_on(
            request,
            self.upstream + request.rel_url.raw_path.removeprefix("/upstream"),
            _quoted(await request.read()),
        )

    async def _beside_prism(self, request: web.Request) -> web.Response:
        """Atlassian's gateway has addresses of its own, which no published document describes."""
        return await self._pass_on(request, self.upstream + request.rel_url.raw_path)

    async def _pass_on(self, request: web.Request, address: str, body: bytes | None = None) -> web.Response:
        url = URL(address, encoded=True).with_query(None)
        if request.rel_url.raw_query_string:
            url = URL(f"{url}?{request.rel_url.raw_query_string}", encoded=True)
        headers = {k: v for k, v in request.headers.items() if k.lower() in _PASSED_ON}
        sent = (await request.read() if body is None else body) or None
        async with self.session.request(request.method, url, data=sent, headers=headers) as answer:
            back = {k: v for k, v in answer.headers.items() if k.lower() in _PASSED_BACK}
            return web.Response(status=answer.status, body=await answer.read(), headers=back)

    def application(self) -> web.Application:
        """Both sides of it."""
        app = web.Application()
        app.router.add_route("*", f"{SITE}/rest/{{rest:.*}}", self._through_prism)
        app.router.add_route("*", "/upstream/{rest:.*}", self._from_prism)
        app.router.add_route("*", "/{rest:.*}", self._beside_prism)
        return app


def _quoted(body: bytes) -> bytes:
    """Prism passes a body that is one JSON string on without its quotes (the account of `POST …/watchers`)."""
    try:
        json.loads(body or b"null")
    except ValueError:
        return json.dumps(body.decode()).encode()
    return body


def _problems(answer: dict[str, object]) -> list[str]:
    """Prism's own answer in place of Jira's."""
    rows = answer.get("validation")
    lines = [
        f"{'.'.join(map(str, row['location']))}: {row['message']}"
        for row in (rows if isinstance(rows, list) else [])
    ]
    return lines or [f"{answer.get('title')}: {answer.get('detail')}"]


@asynccontextmanager
async def proxying(document: Path) -> AsyncIterator[Proxy]:
    """Prism with a document, and the server around it."""
    proxy = Proxy()
    async with (
        serving(proxy.application()) as proxy.url,
        aiohttp.ClientSession(auto_decompress=True) as proxy.session,
        _prism(document, f"{proxy.url}/upstream{SITE}") as proxy.prism,
    ):
        yield proxy


@asynccontextmanager
async def _prism(document: Path, upstream: str) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        "node",
        "node_modules/@stoplight/prism-cli/dist/index.js",
        *("proxy", str(document), upstream, "--errors", "--port", str(port)),
        cwd=installed(PACKAGE),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            while (line := await process.stdout.readline()) and b"listening" not in line:
                pass
        assert line, "Prism ended before it listened"
        reading = asyncio.create_task(_read_on(process.stdout))
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    await reading


async def _read_on(log: asyncio.StreamReader) -> None:
    """Read Prism's output to its end: a full pipe would halt it."""
    while await log.read(65_536):
        pass

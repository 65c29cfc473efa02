"""The proxy configurations of deploy/proxy forward the public paths and keep the others inside.

Skipped where nginx or Caddy (Debian packages of these names) are not installed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp import web

from tests.support.paths import ROOT
from tests.support.world import free_port

PROXY = ROOT / "deploy" / "proxy"
HOST = "jira-bot.example.com"
PUBLIC = {
    ("POST", "/api/messages"),
    ("POST", "/jira/webhooks"),
    ("GET", "/connect"),
    ("POST", "/connect/confirm"),
    ("GET", "/auth/microsoft/callback"),
    ("GET", "/auth/jira/callback"),
}
PRIVATE = {("GET", "/metrics"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/"), ("GET", "/api/messages/x")}


@asynccontextmanager
async def backend() -> AsyncIterator[int]:
    """Run a server in the bridge's place that answers every request with its method and path."""

    async def echo(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text=f"{request.method} {request.path}")

    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield port
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(*command: str | Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


def nginx_command(folder: Path, port: int, behind: int) -> list[str | Path]:
    authority, certificate = trustme.CA(), folder / "certificate.pem"
    issued = authority.issue_cert(HOST)
    issued.private_key_pem.write_to_path(folder / "key.pem")
    certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    ours = (PROXY / "nginx.conf").read_text()
    for theirs, here in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "127.0.0.1:3978": f"127.0.0.1:{behind}",
        f"/etc/ssl/{HOST}/fullchain.pem": str(certificate),
        f"/etc/ssl/{HOST}/privkey.pem": str(folder / "key.pem"),
    }.items():
        assert theirs in ours
        ours = ours.replace(theirs, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "main.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off;\n{temporary}{ours}\n}}"
    )
    return ["nginx", "-p", folder, "-c", folder / "main.conf"]


def caddy_command(folder: Path, port: int, behind: int) -> list[str | Path]:
    ours = (PROXY / "Caddyfile").read_text()
    ours = ours.replace(f"{HOST} {{", f"https://{HOST}:{port} {{\n\ttls internal").replace("3978", str(behind))
    (folder / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n"
        f"\tstorage file_system {folder}\n}}\n{ours}"
    )
    return ["caddy", "run", "--config", folder / "Caddyfile"]


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
async def test_only_public_paths_are_forwarded(proxy: str, tmp_path: Path) -> None:
    if shutil.which(proxy) is None:
        pytest.skip(f"{proxy} is not installed")
    port = free_port()
    async with backend() as behind:
        command = {"nginx": nginx_command, "caddy": caddy_command}[proxy](tmp_path, port, behind)
        resolver = _Here()
        connector = aiohttp.TCPConnector(ssl=False, resolver=resolver)
        async with (
            running(*command),
            aiohttp.ClientSession(f"https://{HOST}:{port}", connector=connector) as client,
        ):
            await _until_it_answers(client)
            for method, path in PUBLIC:
                async with client.request(method, path, data=b"{}" if method == "POST" else None) as response:
                    assert (response.status, await response.text()) == (200, f"{method} {path}")
                    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
            for method, path in PRIVATE:
                async with client.request(method, path) as response:
                    assert response.status == 404, path
            async with client.post("/jira/webhooks", data=b"x" * (1 << 21)) as response:
                assert response.status == 413


class _Here(aiohttp.abc.AbstractResolver):
    """Finds every name on this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        del family
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is held."""


async def _until_it_answers(client: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                async with client.get("/"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)

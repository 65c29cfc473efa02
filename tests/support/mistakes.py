"""The stage on which a test makes an admin's mistake: a sandbox, settings, and a proxy before the bridge."""

from __future__ import annotations

import asyncio
import re
import ssl
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web

from bot.storage.encryption import Keyring, check_keys
from bot.storage.factory import open_store
from tests.support.app_process import process, ready, said_by
from tests.support.paths import DATA
from tests.support.world import World, free_port

Reply = Callable[[web.Request], web.Response | None]
"""How a server in front of the bridge answers by itself; None: it forwards."""


@dataclass(frozen=True)
class Mistake:
    """One row of the table."""

    mistake: str
    command: str
    status: int
    says: str
    do: str = ""

    def is_told_in(self, printed: str) -> bool:
        """Whether the sentence and the remedy are in what was printed; “…” stands for anything."""
        words = " ".join(printed.split())
        texts = [text for text in (self.says, self.do) if text]
        return all(re.search(re.escape(text).replace("…", ".*"), words) for text in texts)


def read_table() -> dict[str, Mistake]:
    """Return the rows of the table by their names."""
    rows = tomllib.loads((DATA / "admin-mistakes.toml").read_text("utf-8"))
    return {name: Mistake(**row) for name, row in rows.items()}


@dataclass
class Stage:
    """Where the mistake is made. `before` is a command that runs the program."""

    world: World
    environment: dict[str, str]
    folder: Path
    stack: AsyncExitStack
    before: Sequence[str] = field(default=())

    def set(self, **settings: str | None) -> None:
        """Change settings; None takes one away."""
        for name, value in settings.items():
            self.environment.pop(name, None)
            if value is not None:
                self.environment[name] = value

    async def set_up(self) -> tuple[int | None, str]:
        """Run `setup` with the settings as answers of a file; its exit status and what it printed."""
        file = self.folder / "answers.env"
        text = "\n".join(f"{name}='{value}'" for name, value in self.environment.items())
        await asyncio.to_thread(file.write_text, text)
        return await said_by({}, "setup", "--no-check", "--answers", str(file), "--output", str(self.folder))

    async def start_bridge(self, **settings: str) -> None:
        """Run a bridge beside the command."""
        environment = {**self.environment, **settings}
        await self.stack.enter_async_context(process(environment))
        await ready(f"http://127.0.0.1:{environment['PORT']}")

    async def make_store(self) -> Path:
        """Make the store of the settings, and return its folder."""
        url = self.environment["STORE_URL"]
        store = open_store(url)
        await store.open()
        await check_keys(store, Keyring([self.environment["ENCRYPTION_KEYS"]]))
        await store.close()
        return Path(url.removeprefix("tinydb://"))

    async def listen(self, reply: Reply, *, port: int = 0, tls: ssl.SSLContext | None = None) -> int:
        """Start a server that answers by itself or forwards to PORT, and return its port."""
        behind = f"http://127.0.0.1:{self.environment['PORT']}"
        session = await self.stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False))

        async def serve(request: web.Request) -> web.Response:
            own = reply(request)
            if own is not None:
                return own
            body, headers = await request.read(), request.headers
            async with session.request(
                request.method, behind + request.path_qs, data=body, headers=headers, allow_redirects=False
            ) as answer:
                kept = {k: v for k, v in answer.headers.items() if k.lower() not in ("content-length", "date")}
                return web.Response(status=answer.status, headers=kept, body=await answer.read())

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        port = port or free_port()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        return port

    async def put_in_front(self, reply: Reply) -> None:
        """Let PUBLIC_URL lead to a proxy."""
        self.set(PUBLIC_URL=f"http://127.0.0.1:{await self.listen(reply)}")

    async def serve_tls(self, name: str, *, days: int, trusted: bool = True) -> None:
        """Let PUBLIC_URL lead to a proxy with a certificate for `name` that has so many days left."""
        authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        now = datetime.now(UTC)
        issued = authority.issue_cert(
            name, not_before=now - timedelta(days=90), not_after=now + timedelta(days=days, hours=1)
        )
        issued.configure_cert(context)
        if trusted:
            bundle = self.folder / "authorities.pem"
            known = await asyncio.to_thread(self.world.sandbox.ca_bundle.read_bytes)
            await asyncio.to_thread(bundle.write_bytes, known + authority.cert_pem.bytes())
            self.set(CA_BUNDLE=str(bundle))
        self.set(PUBLIC_URL=f"https://127.0.0.1:{await self.listen(lambda _request: None, tls=context)}")


Arrangement = Callable[[Stage], Awaitable[None]]

"""The floor: an aiohttp handler that does a turn's input and output and nothing else."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import orjson
from aiohttp import web

Json = dict[str, object]


def _stdlib(value: object) -> bytes:
    return json.dumps(value).encode()


CODECS: dict[str, tuple[Callable[[bytes], object], Callable[[object], bytes]]] = {
    "json": (json.loads, _stdlib),
    "orjson": (orjson.loads, orjson.dumps),
}


def handler(
    around: Json, card: Json, session: aiohttp.ClientSession, codec: str
) -> Callable[[web.Request], object]:
    """The route: read the activity, GET the issue, POST the card."""
    loads, dumps = CODECS[codec]
    issue_url = f"{around['jira']}/ex/jira/cloud/rest/api/3/issue/DEMO-12"

    async def handle(request: web.Request) -> web.Response:
        activity = loads(await request.read())
        assert isinstance(activity, dict)
        async with session.get(issue_url) as response:
            loads(await response.read())
        url = f"{activity['serviceUrl']}v3/conversations/{activity['conversation']['id']}/activities"
        reply = {"type": "message", "attachments": [card]}
        headers = {"Content-Type": "application/json"}
        async with session.post(url, data=dumps(reply), headers=headers) as response:
            loads(await response.read())
        return web.Response(status=201)

    return handle


async def main(config: Json, codec: str) -> None:
    """Serve until killed."""
    around, card, port = config["around"], config["card"], config["port"]
    assert isinstance(around, dict)
    assert isinstance(card, dict)
    assert isinstance(port, int)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=512)) as session:
        app = web.Application()
        app.router.add_post("/api/messages", handler(around, card, session, codec))  # type: ignore[arg-type]
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--codec", choices=CODECS, default="json")
    options = parser.parse_args()
    asyncio.run(main(json.loads(options.config.read_text()), options.codec))

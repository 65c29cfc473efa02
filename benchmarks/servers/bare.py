"""The floor: an aiohttp handler that does a turn's input and output and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import aiohttp
import orjson
from aiohttp import web

from benchmarks.servers.serving import Config, client, parser, read, serve

Codec = tuple[Callable[[bytes], object], Callable[[object], bytes]]
CODECS: dict[str, Codec] = {
    "json": (json.loads, lambda value: json.dumps(value).encode()),
    "orjson": (orjson.loads, orjson.dumps),
}


def handler(
    config: Config, session: aiohttp.ClientSession, codec: str
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Make the route: read the activity, GET the issue, POST the card."""
    loads, dumps = CODECS[codec]

    async def handle(request: web.Request) -> web.Response:
        activity = loads(await request.read())
        assert isinstance(activity, dict)
        async with session.get(config.issue_url) as response:
            loads(await response.read())
        url = f"{activity['serviceUrl']}v3/conversations/{activity['conversation']['id']}/activities"
        body = dumps({"type": "message", "attachments": [config.card]})
        async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
            loads(await response.read())
        return web.Response(status=201)

    return handle


async def main(config: Config, codec: str) -> None:
    """Serve until killed."""
    async with client() as session:
        app = web.Application()
        app.router.add_post("/api/messages", handler(config, session, codec))
        await serve(app, config.port)


if __name__ == "__main__":
    line = parser(__doc__)
    line.add_argument("--codec", choices=CODECS, default="json")
    options = line.parse_args()
    asyncio.run(main(read(options.config), options.codec))

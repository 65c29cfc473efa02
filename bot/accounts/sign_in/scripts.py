"""The scripts of the pages that Teams waits for: the end of a sign-in, and the settings.

`teams.js` is dist/umd/MicrosoftTeams.min.js of @microsoft/teams-js 2.58.0 (npm), without its source map's address;
its licence is beside it. It is served from here, so that pages may load scripts from this host alone.
https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/add-authentication
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).with_name("static")
_HEADERS = {"Cache-Control": "max-age=86400", "X-Content-Type-Options": "nosniff"}
SCRIPTS = {name: (_FOLDER / name).read_bytes() for name in ("teams.js", "done.js", "settings.js")}
"""Read at import, so that no request waits for a file."""


def routes() -> list[web.RouteDef]:
    """Return the routes of the scripts."""
    return [web.get(f"/auth/scripts/{name}", _serve(name), allow_head=False) for name in SCRIPTS]


def _serve(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=SCRIPTS[name], content_type="text/javascript", charset="utf-8", headers=_HEADERS)

    return serve

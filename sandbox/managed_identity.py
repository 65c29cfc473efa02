"""The managed identity endpoint of an Azure App Service, for one user-assigned identity.

https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping

from aiohttp import web

API_VERSION = "2019-08-01"
LIFETIME = 3600


class ManagedIdentity:
    """Gives tokens to whoever knows the header; `sign` is the login's. `resources` lists what tokens were for."""

    def __init__(self, client_id: str, sign: Callable[[Mapping[str, object]], str]) -> None:
        self.client_id, self._sign = client_id, sign
        self.header = secrets.token_hex(16)
        self.resources: list[str] = []

    def settings(self, url: str) -> dict[str, str]:
        """Return the environment variables of a machine with this identity, served at `url`."""
        return {"IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": self.header}

    def application(self) -> web.Application:
        """Return the application to serve."""
        app = web.Application()
        app.router.add_get("/msi/token", self._token)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        query = request.query
        if request.headers.get("X-IDENTITY-HEADER") != self.header or query.get("api-version") != API_VERSION:
            return _refuse(401, "Unauthorized")
        if query.get("client_id") != self.client_id:
            return _refuse(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
        resource = query.get("resource", "")
        self.resources.append(resource)
        now = int(time.time())
        claims = {"aud": resource, "sub": self.client_id, "appid": self.client_id, "iat": now, "nbf": now}
        return web.json_response(
            {
                "access_token": self._sign({**claims, "exp": now + LIFETIME}),
                "expires_on": str(now + LIFETIME),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": self.client_id,
            }
        )


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)

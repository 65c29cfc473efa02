"""The Bot Framework's issuer: signing keys, their metadata, and tokens for inbound activities."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.keys import signing_key

ISSUER = "https://api.botframework.com"


class BotFrameworkIssuer:
    """Keys by id; `kid` is the current one. `fetches` counts requests for the keys."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.endorsements: dict[str, list[str] | None] = {}
        self.kid = ""
        self.issuer = ISSUER
        self.fetches = 0
        self.rotate("key-1")

    def rotate(self, kid: str, endorsements: list[str] | None = None) -> None:
        """Sign with a new key from now on; the old ones stay published."""
        self.keys[kid] = signing_key(f"Bot Framework {kid}")
        self.endorsements[kid] = ["msteams"] if endorsements is None else endorsements
        self.kid = kid

    def token(self, audience: str, service_url: str, *, kid: str = "", **claims: object) -> str:
        """Return a token as Teams would send it; `claims` replace or, if None, remove its claims."""
        now = int(time.time())
        payload: dict[str, object] = {
            "iss": self.issuer,
            "aud": audience,
            "nbf": now - 10,
            "exp": now + 3600,
            "serviceurl": service_url,
        }
        payload.update(claims)
        kept = {name: value for name, value in payload.items() if value is not None}
        name = kid or self.kid
        return jwt.encode(kept, self.keys.get(name, self.keys[self.kid]), algorithm="RS256", headers={"kid": name})

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of metadata and keys, below `/openid`."""

        async def metadata(request: web.Request) -> web.Response:
            return web.json_response({"issuer": self.issuer, "jwks_uri": f"http://{request.host}/openid/keys"})

        async def keys(_request: web.Request) -> web.Response:
            self.fetches += 1
            return web.json_response({"keys": [self._jwk(kid) for kid in self.keys]})

        return [web.get("/openid/metadata", metadata), web.get("/openid/keys", keys)]

    def _jwk(self, kid: str) -> Mapping[str, object]:
        jwk: dict[str, object] = json.loads(RSAAlgorithm.to_jwk(self.keys[kid].public_key()))
        jwk |= {"kid": kid, "use": "sig"}
        endorsed = self.endorsements[kid]
        return jwk | ({"endorsements": endorsed} if endorsed is not None else {})

"""T17: which tokens of the Bot Framework and of Microsoft are accepted, whatever their own header says."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.security.jwks import InvalidTokenError, KeySet
from tests.support.serving import serving
from tests.support.world import free_port

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token(algorithm: str, key: RSAPrivateKey | str | None = KEY) -> str:
    claims = {"aud": "app", "exp": time.time() + 600}
    return jwt.encode(claims, key, algorithm, headers={"kid": "one"})  # type: ignore[arg-type]


@pytest.fixture
async def keys() -> AsyncIterator[KeySet]:
    """Keys of an issuer that names no algorithm with its key, so that nothing but our list decides."""
    port = free_port()
    row = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    jwks = {"keys": [{**row, "kid": "one", "use": "sig"}]}
    documents = {"/metadata": {"issuer": "i", "jwks_uri": f"http://127.0.0.1:{port}/keys"}, "/keys": jwks}
    app = web.Application()

    async def show(request: web.Request) -> web.Response:
        return web.json_response(documents[request.path])

    app.router.add_get("/{name}", show)
    async with serving(app, port), aiohttp.ClientSession() as session:
        yield KeySet(session, f"http://127.0.0.1:{port}/metadata")


async def decoded(keys: KeySet, text: str) -> object:
    return (await keys.decode(text, audience="app", required=("exp",), leeway=0)).claims["aud"]


async def test_t17_rs256_is_accepted(keys: KeySet) -> None:
    assert await decoded(keys, token("RS256")) == "app"


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "PS512"])
async def test_t17_other_algorithm_of_the_same_key_is_refused(keys: KeySet, algorithm: str) -> None:
    with pytest.raises(InvalidTokenError):
        await decoded(keys, token(algorithm))


async def test_t17_unsigned_and_symmetric_tokens_are_refused(keys: KeySet) -> None:
    for text in (token("none", None), token("HS256", "k" * 64)):
        with pytest.raises(InvalidTokenError):
            await decoded(keys, text)

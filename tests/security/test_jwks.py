"""Signing keys: fetched once for all, refreshed in time, and not at a stranger's command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.security.jwks import InvalidTokenError, KeySet, KeysUnavailableError
from tests.support.clock import Clock
from tests.support.serving import serving

PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(PRIVATE.public_key()))


@dataclass
class Issuer:
    """Serves metadata and keys; counts how often the keys were fetched."""

    url: str = ""
    keys: list[object] = field(default_factory=lambda: [{**PUBLIC, "kid": "one", "endorsements": ["msteams"]}])
    status: int = 200
    fetched: int = 0
    until: asyncio.Event | None = None

    async def metadata(self, _request: web.Request) -> web.Response:
        return web.json_response({"issuer": "https://issuer.example", "jwks_uri": f"{self.url}/keys"})

    async def jwks(self, _request: web.Request) -> web.Response:
        self.fetched += 1
        if self.until:
            await self.until.wait()
        return web.json_response({"keys": self.keys}, status=self.status)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer, app = Issuer(), web.Application()
    app.add_routes([web.get("/metadata", issuer.metadata), web.get("/keys", issuer.jwks)])
    async with serving(app) as issuer.url:
        yield issuer


@pytest.fixture
async def keys(issuer: Issuer, session: aiohttp.ClientSession, clock: Clock) -> KeySet:
    return KeySet(session, f"{issuer.url}/metadata", clock=clock)


async def test_a_token_is_decoded_with_its_key(keys: KeySet) -> None:
    token = jwt.encode({"a": 1, "aud": "us"}, PRIVATE, "RS256", headers={"kid": "one"})
    valid = await keys.decode(token, audience="us", required=("aud",), leeway=0)
    assert valid.claims == {"a": 1, "aud": "us"}
    assert valid.key["endorsements"] == ["msteams"]
    assert keys.issuer == "https://issuer.example"


@pytest.mark.parametrize(
    ("claims", "headers"),
    [
        ({"aud": "us", "a": 1}, {"kid": "two"}),
        ({"aud": "us", "a": 1}, {}),
        ({"aud": "them", "a": 1}, {"kid": "one"}),
        ({"aud": "us", "a": 1, "iss": "them"}, {"kid": "one"}),
        ({"aud": "us", "iss": "us"}, {"kid": "one"}),
    ],
)
async def test_t17_a_token_for_others_or_of_others_is_refused(
    keys: KeySet, claims: dict[str, object], headers: dict[str, str]
) -> None:
    token = jwt.encode(claims, PRIVATE, "RS256", headers=headers)
    with pytest.raises(InvalidTokenError):
        await keys.decode(token, audience="us", issuer="us", required=("aud", "a"), leeway=0)


async def test_100_at_once_fetch_once(keys: KeySet, issuer: Issuer) -> None:
    found = await asyncio.gather(*(keys.find("one") for _ in range(100)))
    assert all(found)
    assert issuer.fetched == 1


async def test_t17_an_unknown_id_causes_one_fetch_in_five_minutes(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    await keys.find("one")
    for n in range(50):
        assert await keys.find(f"made-up-{n}") is None
    assert issuer.fetched == 2
    clock.advance(299)
    assert await keys.find("made-up") is None
    assert issuer.fetched == 2
    clock.advance(1)
    assert await keys.find("made-up") is None
    assert issuer.fetched == 3


async def test_an_unknown_id_at_the_first_look_causes_no_second_fetch(keys: KeySet, issuer: Issuer) -> None:
    assert await keys.find("made-up") is None
    assert issuer.fetched == 1


async def test_f34_a_rotated_key_is_found_at_once(keys: KeySet, issuer: Issuer) -> None:
    await keys.find("one")
    issuer.keys = [{**PUBLIC, "kid": "two"}]
    assert await keys.find("two") is not None
    assert await keys.find("one") is None


async def test_f34_old_keys_serve_for_a_day_while_the_issuer_is_down(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    await keys.find("one")
    issuer.status = 500
    clock.advance(3600 + 86400)
    assert await keys.find("one") is not None
    clock.advance(20)
    with pytest.raises(KeysUnavailableError):
        await keys.find("one")
    issuer.status = 200
    clock.advance(20)
    assert await keys.find("one") is not None


async def test_f34_a_slow_issuer_holds_nobody_up_who_has_a_key(keys: KeySet, issuer: Issuer, clock: Clock) -> None:
    await keys.find("one")
    issuer.until = asyncio.Event()
    clock.advance(3601)
    assert await asyncio.wait_for(keys.find("one"), 2) is not None
    issuer.until.set()


async def test_f33_an_issuer_that_is_down_at_the_start_is_asked_again_later(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    issuer.status = 503
    for _ in range(5):
        with pytest.raises(KeysUnavailableError):
            await keys.find("one")
    assert issuer.fetched == 1
    issuer.status = 200
    clock.advance(10)
    assert await keys.find("one") is not None


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "odd"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "odd"},
        {"kty": "RSA", "kid": "odd"},
        {"kty": "RSA", "n": "!!", "e": "AQAB", "kid": "odd"},
        {**PUBLIC, "use": "enc", "kid": "odd"},
        {**PUBLIC, "kid": 7},
        dict(PUBLIC),
        "key",
        None,
    ],
)
async def test_t17_odd_keys_are_left_out_and_take_no_other_along(
    keys: KeySet, issuer: Issuer, odd: object
) -> None:
    issuer.keys.insert(0, odd)
    assert await keys.find("one") is not None
    assert await keys.find("odd") is None


@pytest.mark.parametrize("found", [[], [None]])
async def test_no_key_at_all_is_an_outage(keys: KeySet, issuer: Issuer, found: list[object]) -> None:
    issuer.keys = found
    with pytest.raises(KeysUnavailableError):
        await keys.find("one")

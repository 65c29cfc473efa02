"""Signing keys: fetched once for all, refreshed in time, and not at a stranger's command."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import aiohttp
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.security.jwks import InvalidTokenError, KeySet, KeysUnavailableError
from tests.support.clock import Clock
from tests.support.serving import serving

MAX_BODY_BYTES = 1_048_576
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
    pieces: Iterable[bytes] = ()
    """In place of the keys: the parts of a body, sent one after the other."""
    sent: int = 0
    elsewhere: set[str] = field(default_factory=set)
    reached_elsewhere: int = 0

    async def metadata(self, _request: web.Request) -> web.Response:
        if "metadata" in self.elsewhere:
            raise web.HTTPFound(f"{self.url}/elsewhere")
        return web.json_response({"issuer": "https://issuer.example", "jwks_uri": f"{self.url}/keys"})

    async def jwks(self, request: web.Request) -> web.StreamResponse:
        self.fetched += 1
        if self.until:
            await self.until.wait()
        if "keys" in self.elsewhere:
            raise web.HTTPFound(f"{self.url}/elsewhere")
        if self.pieces:
            return await self._send_pieces(request)
        return web.json_response({"keys": self.keys}, status=self.status)

    async def _send_pieces(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for piece in self.pieces:
            await answer.write(piece)
            self.sent += len(piece)
            await asyncio.sleep(0)
        return answer

    async def other_place(self, _request: web.Request) -> web.Response:
        self.reached_elsewhere += 1
        keys = {"issuer": "https://issuer.example", "jwks_uri": f"{self.url}/keys", "keys": self.keys}
        return web.json_response(keys)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer, app = Issuer(), web.Application()
    app.add_routes([web.get("/metadata", issuer.metadata), web.get("/keys", issuer.jwks)])
    app.add_routes([web.get("/elsewhere", issuer.other_place)])
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
    clock.advance(0.5)
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
        {**PUBLIC, "use": "wrap", "kid": "odd"},
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


@pytest.mark.parametrize("path", ["metadata", "keys"])
async def test_t34_keys_are_not_taken_from_where_the_issuer_sends_on_to(
    keys: KeySet, issuer: Issuer, path: str
) -> None:
    issuer.elsewhere = {path}
    with pytest.raises(KeysUnavailableError):
        await keys.find("one")
    assert issuer.reached_elsewhere == 0


def of_size(size: int) -> bytes:
    """Return keys in a document of so many bytes."""
    document = json.dumps({"keys": [{**PUBLIC, "kid": "one"}], "pad": ""}).encode()
    return document.replace(b'"pad": ""', b'"pad": "%s"' % (b"a" * (size - len(document))))


@pytest.mark.parametrize(
    ("pieces", "taken"),
    [
        ([of_size(MAX_BODY_BYTES - 1)], True),
        ([of_size(MAX_BODY_BYTES)], False),
        ([of_size(MAX_BODY_BYTES + 9)[:100], of_size(MAX_BODY_BYTES + 9)[100:]], False),
        ([of_size(2000)[:900], of_size(2000)[900:1500], of_size(2000)[1500:]], True),
        ([of_size(MAX_BODY_BYTES + 90)[: MAX_BODY_BYTES - 10], of_size(MAX_BODY_BYTES + 90)[-100:]], False),
    ],
)
async def test_t14_keys_are_at_most_a_mebibyte_in_however_many_pieces(
    keys: KeySet, issuer: Issuer, pieces: list[bytes], taken: bool
) -> None:
    issuer.pieces = pieces
    if taken:
        assert await keys.find("one") is not None
    else:
        with pytest.raises(KeysUnavailableError):
            await keys.find("one")


async def test_t14_no_more_is_read_of_keys_without_end(keys: KeySet, issuer: Issuer) -> None:
    issuer.pieces = itertools.repeat(b" " * 65_537)
    with pytest.raises(KeysUnavailableError):
        await keys.find("one")
    assert issuer.sent < 16 * MAX_BODY_BYTES


async def test_f34_keys_are_fetched_again_after_an_hour(
    keys: KeySet, issuer: Issuer, clock: Clock, session: aiohttp.ClientSession
) -> None:
    await keys.find("one")
    for seconds, fetched in ((3600, 1), (0.5, 2), (3600, 2), (1, 3)):
        clock.advance(seconds)
        await keys.find("one")
        for _ in range(5):  # what was begun in the background has reached the issuer by then
            await session.get(f"{issuer.url}/elsewhere")
        assert issuer.fetched == fetched


async def test_f34_an_issuer_that_failed_is_left_alone_for_ten_seconds(
    keys: KeySet, issuer: Issuer, clock: Clock
) -> None:
    issuer.status = 500
    for seconds, fetched in ((0, 1), (9.5, 1), (0.5, 2)):
        clock.advance(seconds)
        with pytest.raises(KeysUnavailableError):
            await keys.find("one")
        assert issuer.fetched == fetched


@pytest.mark.parametrize(
    ("claims", "is_good"),
    [
        ({"exp": 2**40 - 1}, True),
        ({"exp": 2**40}, False),
        ({"exp": 2**41}, False),
        ({"iat": 0}, True),
        ({"iat": -1}, False),
        ({"nbf": -5}, False),
        ({"nbf": 0.5}, True),
        ({"iat": "1700000000"}, False),
    ],
)
async def test_t17_times_are_numbers_of_this_age(keys: KeySet, claims: dict[str, object], is_good: bool) -> None:
    token = jwt.encode({"aud": "us", "exp": 2**33, **claims}, PRIVATE, "RS256", headers={"kid": "one"})
    if is_good:
        assert (await keys.decode(token, audience="us", required=("aud",), leeway=0)).claims["aud"] == "us"
    else:
        with pytest.raises(InvalidTokenError):
            await keys.decode(token, audience="us", required=("aud",), leeway=0)


async def test_t17_a_key_without_a_name_is_nobodys(keys: KeySet, issuer: Issuer) -> None:
    issuer.keys.append({**PUBLIC, "kid": ""})
    assert await keys.find("one") is not None
    assert await keys.find("") is None

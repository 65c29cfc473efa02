"""T17, T18, T36: who may speak to the bot. Every refusal leaves no trace: nothing asked, nothing posted."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.security.jwks import KeySet
from bot.teams.inbound_auth import BotTokens, UnauthorizedError
from sandbox.teams import ALICE, personal
from sandbox.teams_issuer import ISSUER
from tests.support.clock import Clock
from tests.support.teams import APP_ID, Edge


def unsigned(edge: Edge) -> str:
    """Make a token with `alg: none`."""
    claims = jwt.decode(good(edge), options={"verify_signature": False})
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."


def good(edge: Edge, **claims: Any) -> str:
    return edge.teams.issuer.token(APP_ID, edge.teams.service_url, **claims)


def other_key(edge: Edge) -> str:
    """Signed by a stranger under our key's id."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(good(edge), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": edge.teams.issuer.kid})


def with_header(edge: Edge, **headers: object) -> str:
    """Rightly signed, with odd header members."""
    claims = jwt.decode(good(edge), options={"verify_signature": False})
    issuer = edge.teams.issuer
    return jwt.encode(claims, issuer.keys[issuer.kid], algorithm="RS256", headers={"kid": issuer.kid, **headers})


def unendorsed(edge: Edge) -> str:
    edge.teams.issuer.rotate("other-channel", ["webchat"])
    return good(edge)


def hs256(edge: Edge) -> str:
    claims = jwt.decode(good(edge), options={"verify_signature": False})
    return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": edge.teams.issuer.kid})


BAD: dict[str, Callable[[Edge], str | None]] = {
    "no header": lambda e: None,
    "garbage": lambda e: "garbage",
    "three dots": lambda e: "a.b.c",
    "expired": lambda e: good(e, exp=int(time.time()) - 4000, nbf=int(time.time()) - 8000),
    "not yet valid": lambda e: good(e, nbf=int(time.time()) + 4000),
    "no expiry": lambda e: good(e, exp=None),
    "expiry of 400 digits": lambda e: good(e, exp=10**399),
    "expiry of 400 digits as text": lambda e: good(e, exp="9" * 400),
    "expiry that is no number": lambda e: good(e, exp=float("inf")),
    "start of 400 digits": lambda e: good(e, nbf=10**399),
    "issued in 400 digits": lambda e: good(e, iat=10**399),
    "wrong audience": lambda e: good(e, aud="00000000-0000-4000-8000-00000000ffff"),
    "wrong issuer": lambda e: good(e, iss="https://evil.example"),
    "wrong key": other_key,
    "unknown kid": lambda e: good(e, kid="never-published"),
    "no serviceurl claim": lambda e: good(e, serviceurl=None),
    "serviceurl claim that is no text": lambda e: good(e, serviceurl=7),
    "wrong serviceurl": lambda e: good(e, serviceurl="https://smba.trafficmanager.net/evil/"),
    "serviceurl that sorts before": lambda e: good(e, serviceurl="ftp://smba.trafficmanager.net/"),
    "missing endorsement": unendorsed,
    "HS256": hs256,
    "alg none": unsigned,
    "crit header": lambda e: with_header(e, crit=["exp"]),
    "header nested without end": lambda e: base64.urlsafe_b64encode(b"[" * 6_000).decode() + ".e30.AAAA",
    "large": lambda e: "a" * 8_000,
    "token of a person": lambda e: good(e, aud="https://graph.microsoft.com", iss="https://sts.windows.net/x/"),
}


@pytest.mark.parametrize("name", BAD)
async def test_t17_bad_token_is_401_and_does_nothing(edge: Edge, name: str) -> None:
    token = BAD[name](edge)
    answer = await edge.teams.post(
        edge.teams.activity(ALICE, personal(ALICE), "message", text="mine"), token=token
    )
    assert answer.status == 401
    assert answer.body == {}
    assert edge.dispatcher.asked == []
    assert edge.teams.calls == []


@pytest.mark.parametrize("header", ["Basic abc", "bearer", "Bearer", "Bearer a b", "\u00fc"])
async def test_t17_odd_authorization_headers_are_401(edge: Edge, header: str) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="mine")
    async with edge.session.post(edge.url, json=activity, headers={"Authorization": header}) as response:
        assert response.status == 401


async def test_good_token_is_let_in(edge: Edge) -> None:
    answer = await edge.teams.say(ALICE, personal(ALICE), "mine")
    assert answer.status in (200, 201, 202)
    assert [r.text for r in edge.dispatcher.asked] == ["mine"]


async def test_t17_rotated_key_is_fetched_once_and_made_up_kids_cost_no_more(edge: Edge) -> None:
    await edge.teams.say(ALICE, personal(ALICE), "one")
    edge.teams.issuer.rotate("key-2")
    assert (await edge.teams.say(ALICE, personal(ALICE), "two")).status < 300
    fetched = edge.teams.issuer.fetches
    for number in range(20):
        activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="x")
        token = good(edge, kid=f"made-up-{number}")
        assert (await edge.teams.post(activity, token=token)).status == 401
    assert edge.teams.issuer.fetches <= fetched + 1


async def test_t17_token_is_good_for_five_minutes_more_by_a_clock_that_differs(edge: Edge) -> None:
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="x")
    for past, is_good in ((298, True), (300, False)):
        answer = await edge.teams.post(activity, token=good(edge, exp=int(time.time()) - past))
        assert (answer.status < 300) is is_good


async def test_f34_without_keys_no_token_can_be_judged(edge: Edge) -> None:
    token = good(edge)
    edge.teams.issuer.keys.clear()
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="mine")
    assert (await edge.teams.post(activity, token=token)).status == 503
    assert edge.dispatcher.asked == []


def tokens_of(edge: Edge, clock: Clock) -> BotTokens:
    keys = KeySet(edge.session, edge.teams.settings()["BOT_OPENID_METADATA_URL"], clock=clock)
    return BotTokens(keys, app_id=APP_ID, issuer=ISSUER, clock=clock)


async def test_token_is_validated_once_and_again_after_its_end(edge: Edge, clock: Clock) -> None:
    issuer, tokens = edge.teams.issuer, tokens_of(edge, clock)
    clock.now = 2.0**33
    header = f"Bearer {good(edge, exp=2**33 + 300)}"
    await tokens.validate(header)
    # The key is taken back: what is still let in was remembered.
    issuer.rotate("key-2")
    del issuer.keys["key-1"]
    clock.advance(599.5)
    with pytest.raises(UnauthorizedError):
        await tokens.validate(f"Bearer {good(edge, aud='somebody else')}")
    await tokens.validate(header)
    clock.advance(1)
    with pytest.raises(UnauthorizedError):
        await tokens.validate(header)


async def test_t14_token_has_16_kib_at_most(edge: Edge, clock: Clock) -> None:
    issuer, tokens = edge.teams.issuer, tokens_of(edge, clock)
    claims = jwt.decode(good(edge), options={"verify_signature": False})
    of_length = {
        len(token): token
        for more in range(3)
        for pad in range(11_800, 11_830)
        if (
            token := jwt.encode(
                {**claims, "pad": "a" * pad},
                issuer.keys[issuer.kid],
                algorithm="RS256",
                headers={"kid": issuer.kid, "pad": "a" * more},
            )
        )
    }
    await tokens.validate(f"Bearer {of_length[16 * 1024]}")
    with pytest.raises(UnauthorizedError, match="too large"):
        await tokens.validate(f"Bearer {of_length[16 * 1024 + 1]}")

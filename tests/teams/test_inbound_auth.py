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

from sandbox.teams import ALICE, personal
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
    "wrong serviceurl": lambda e: good(e, serviceurl="https://smba.trafficmanager.net/evil/"),
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


async def test_token_is_validated_once_and_forgotten_at_its_end(edge: Edge) -> None:
    token = good(edge, exp=int(time.time()) - 299)
    activity = edge.teams.activity(ALICE, personal(ALICE), "message", text="x")
    assert (await edge.teams.post(activity, token=token)).status < 300

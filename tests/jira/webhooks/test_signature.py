"""Who may say that they are Jira (T10-T12, T17)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jira.webhooks.signature import BadSignatureError, find_data_center, verify

SECRET, OLD, APP, APP_ID = "s3cret-of-the-hook", "the-one-before", "client-secret-of-32-bytes-at-least!", "app-id"
NOW = 1_800_000_000.0
BODY = b'{"webhookEvent": "jira:issue_created"}'


def check(body: bytes, **headers: list[str]) -> None:
    named = {name.replace("_", "-"): values for name, values in headers.items()}
    verify(named, body, secrets=(SECRET, OLD, ""), client_secret=APP, client_id=APP_ID, now=NOW)


def sign(body: bytes, secret: str = SECRET, how: str = "sha256") -> str:
    return f"{how}={hmac.new(secret.encode(), body, how).hexdigest()}"


def token(secret: str = APP, headers: dict[str, object] | None = None, **claims: object) -> str:
    whole = {"iss": APP_ID, "iat": NOW - 10, "exp": NOW + 170, **claims}
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, secret, "HS256", headers)


@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_a_signature_with_either_secret_is_good(secret: str) -> None:
    check(BODY, x_hub_signature=[sign(BODY, secret)])


@pytest.mark.parametrize("scheme", ["Bearer", "JWT"])
def test_a_token_is_good(scheme: str) -> None:
    check(BODY, authorization=[f"{scheme} {token()}"])


def test_a_token_with_an_audience_is_good() -> None:
    """Atlassian documents none, and the secret is this app's alone."""
    check(BODY, authorization=[f"Bearer {token(aud='https://bridge.example')}"])


GOOD = sign(BODY)
BAD_SIGNATURES = {
    "none": [],
    "empty": [""],
    "no scheme": [GOOD.removeprefix("sha256=")],
    "sha1": [sign(BODY, how="sha1")],
    "upper case": [f"sha256={GOOD[7:].upper()}"],
    "upper scheme": [GOOD.replace("sha256", "SHA256")],
    "two": [GOOD, GOOD],
    "list": [f"{GOOD},{GOOD}"],
    "space": [f"{GOOD} "],
    "newline": [f"{GOOD}\n"],
    "non-ascii": ["sha256=" + "é" * 64],
    "surrogates": ["sha256=" + "\udcff" * 64],
    "full-width digits": ["sha256=" + "１" * 64],
    "huge": ["sha256=" + "a" * 100_000],
    "other secret": [sign(BODY, "guess")],
    "empty secret": [f"sha256={hmac.new(b'', BODY, 'sha256').hexdigest()}"],
    "no hmac": [f"sha256={hashlib.sha256(BODY).hexdigest()}"],
}


@pytest.mark.parametrize("values", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
def test_t10_bad_signatures(values: list[str]) -> None:
    with pytest.raises(BadSignatureError):
        check(BODY, x_hub_signature=values)


def test_t10_a_bad_signature_is_not_saved_by_a_good_token() -> None:
    with pytest.raises(BadSignatureError):
        check(BODY, x_hub_signature=[sign(BODY, "guess")], authorization=[f"JWT {token()}"])


def test_t11_a_reserialised_body_is_another_body() -> None:
    with pytest.raises(BadSignatureError):
        check(json.dumps(json.loads(BODY), indent=1).encode(), x_hub_signature=[GOOD])


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_t11_any_changed_byte_is_refused(place: int, change: int) -> None:
    body = bytearray(BODY)
    body[place] ^= change
    with pytest.raises(BadSignatureError):
        check(bytes(body), x_hub_signature=[GOOD])


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_t11_any_changed_sign_is_refused(place: int, char: str) -> None:
    if char == GOOD[place]:
        return
    with pytest.raises(BadSignatureError):
        check(BODY, x_hub_signature=[GOOD[:place] + char + GOOD[place + 1 :]])


def unsigned() -> str:
    parts = [{"alg": "none"}, {"iss": APP_ID, "iat": NOW, "exp": NOW + 100}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + ".x"


BAD_TOKENS = {
    "none": "",
    "no scheme": token(),
    "basic": "Basic YTpi",
    "two parts": "Bearer a.b",
    "not base64": "Bearer a.b.c",
    "alg none": f"Bearer {unsigned()}",
    "other alg": f"Bearer {jwt.encode({'iss': APP_ID, 'iat': NOW, 'exp': NOW + 9}, APP * 2, 'HS512')}",
    "other secret": f"Bearer {token('x' * 40)}",
    "expired": f"Bearer {token(exp=NOW - 61)}",
    "from the future": f"Bearer {token(iat=NOW + 61)}",
    "not yet": f"Bearer {token(nbf=NOW + 61)}",
    "no exp": f"Bearer {token(exp=None)}",
    "no iat": f"Bearer {token(iat=None)}",
    "exp is text": f"Bearer {jwt.encode({'iss': APP_ID, 'iat': NOW, 'exp': 'soon'}, APP, 'HS256')}",
    "other app": f"Bearer {token(iss='another')}",
    "no app": f"Bearer {token(iss=None)}",
    "critical header": f"Bearer {token(headers={'crit': ['x'], 'x': 1})}",
    "huge": f"Bearer {token(pad='a' * 9000)}",
    "trailing": f"Bearer {token()} x",
    "non-ascii": f"Bearer {token()}é",
}


@pytest.mark.parametrize("value", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_t17_bad_tokens(value: str) -> None:
    with pytest.raises(BadSignatureError):
        check(BODY, authorization=[value])


@pytest.mark.parametrize("claims", [{"exp": NOW - 60}, {"iat": NOW + 60}, {"nbf": NOW + 60}])
def test_a_minute_of_leeway(claims: dict[str, Any]) -> None:
    check(BODY, authorization=[f"JWT {token(**claims)}"])


@pytest.mark.parametrize("now", [NOW - 1_000_000_000, NOW + 1_000_000_000])
def test_times_are_judged_by_the_callers_clock(now: float) -> None:
    """A token that the machine's own clock takes for one of long ago, and one of times to come."""
    header = f"JWT {token(iat=now - 10, nbf=now - 10, exp=now + 10)}"
    verify({"authorization": [header]}, BODY, secrets=(SECRET,), client_secret=APP, client_id=APP_ID, now=now)


def header_of_length(length: int) -> str:
    """Return a good Authorization header of so many characters."""
    headers = (
        f"{scheme} {token(headers={'pad': 'a' * more}, pad='a' * pad)}"
        for scheme in ("JWT", "Bearer")
        for more in range(4)
        for pad in range(6_000, 6_015)
    )
    return next(header for header in headers if len(header) == length)


def test_t14_a_token_has_8192_characters_at_most() -> None:
    check(BODY, authorization=[header_of_length(8192)])
    with pytest.raises(BadSignatureError):
        check(BODY, authorization=[header_of_length(8193)])


def test_two_tokens_are_refused() -> None:
    with pytest.raises(BadSignatureError):
        check(BODY, authorization=[f"JWT {token()}", f"JWT {token()}"])


def test_without_a_secret_nothing_is_good() -> None:
    for headers in ({"x-hub-signature": [sign(BODY, "")]}, {"authorization": [f"JWT {token()}"]}, {}):
        with pytest.raises(BadSignatureError):
            verify(headers, BODY, secrets=(), client_secret="", client_id="", now=NOW)


def test_t40_the_error_holds_nothing_that_was_sent() -> None:
    with pytest.raises(BadSignatureError) as caught:
        check(BODY, x_hub_signature=[sign(BODY, "guess")])
    assert SECRET not in repr(caught.value)
    assert sign(BODY, "guess")[7:] not in repr(caught.value)


OFFICE, LAB = "jira.office.example", "jira.lab.example"
SERVERS = {OFFICE: "s3cret-of-the-office", LAB: "s3cret-of-the-lab"}


@pytest.mark.parametrize(
    ("signatures", "named", "host"),
    [
        ([sign(BODY, SERVERS[OFFICE])], [], OFFICE),
        ([sign(BODY, SERVERS[LAB])], [], LAB),
        ([], [SERVERS[LAB]], LAB),
        ([sign(BODY)], [], ""),
        ([sign(BODY)], [SERVERS[LAB]], ""),
        ([sign(BODY, SERVERS[LAB])] * 2, [], ""),
        ([], [SERVERS[LAB]] * 2, ""),
        ([], ["guess"], ""),
        ([], ["guess ä"], ""),
        ([], [""], ""),
        ([], [], ""),
    ],
)
def test_which_data_center_has_sent_it(signatures: list[str], named: list[str], host: str) -> None:
    """A secret in the address does not count beside a signature."""
    assert find_data_center(signatures, named, BODY, SERVERS) == host
    assert find_data_center(signatures, named, BODY, {}) == ""

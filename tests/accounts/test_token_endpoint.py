"""Reading the token endpoint's answers, and what is sent to it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.model import SignInUnavailableError
from bot.accounts.token_answers import TokenOutcomeUnknown, TokenRefused, Tokens, TokenUnavailable
from bot.accounts.token_endpoint import MAX_BODY_BYTES, TokenEndpoint, classify, parse_sites
from tests.support.accounts import Atlassian

GOOD = b'{"access_token": "a", "refresh_token": "r", "expires_in": 60, "scope": "x y"}'


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, GOOD, Tokens("a", "r", 60.0, ("x", "y"))),
        (201, GOOD, Tokens("a", "r", 60.0, ("x", "y"))),
        (200, b'{"access_token": "a"}', Tokens("a", "", 3600.0, None)),
        (200, b'{"access_token": "a", "expires_in": "120"}', Tokens("a", "", 120.0, None)),
        (200, b'{"access_token": "a", "expires_in": -5}', Tokens("a", "", 0.0, None)),
        (200, b'{"access_token": "a", "expires_in": []}', Tokens("a", "", 3600.0, None)),
        (200, b'{"access_token": "a", "scope": ""}', Tokens("a", "", 3600.0, ())),
        (200, b'{"access_token": ""}', TokenOutcomeUnknown("unreadable answer")),
        (200, b'{"access_token": 1}', TokenOutcomeUnknown("unreadable answer")),
        (200, GOOD[:-5], TokenOutcomeUnknown("unreadable answer")),
        (200, b"", TokenOutcomeUnknown("unreadable answer")),
        (200, b"[]", TokenOutcomeUnknown("unreadable answer")),
        (200, b"  <!doctype html>", TokenUnavailable("html")),
        (400, b'{"error": "invalid_grant"}', TokenRefused("invalid_grant")),
        (403, b'{"error": "invalid_grant"}', TokenRefused("invalid_grant")),
        (401, b'{"error": "unauthorized_client"}', TokenRefused("unauthorized_client")),
        (401, b'{"error": "invalid_client"}', TokenUnavailable("invalid_client", passing=False)),
        (400, b'{"error": "<script>"}', TokenUnavailable("unnamed", passing=False)),
        (400, b"{}", TokenUnavailable("unnamed", passing=False)),
        (403, b"<html>", TokenUnavailable("http 403")),
        (500, b'{"error": "invalid_grant"}', TokenUnavailable("http 500")),
        (429, b"{}", TokenUnavailable("http 429")),
        (302, b"", TokenUnavailable("http 302")),
        (204, b"", TokenUnavailable("http 204")),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, expected: object) -> None:
    assert classify(status, body) == expected


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("", 0.0), ("-1", 0.0), ("soon", 0.0), ("٣", 0.0), ("9" * 400, 3600.0)]
)
def test_how_long_to_wait(header: str, seconds: float) -> None:
    assert classify(503, b"", header) == TokenUnavailable("http 503", seconds)


@given(
    st.integers(100, 599),
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
        lambda inner: st.dictionaries(st.sampled_from(["access_token", "expires_in", "scope", "error"]), inner),
        max_leaves=6,
    ).map(orjson.dumps),
    st.text(max_size=9),
)
def test_no_answer_is_too_odd(status: int, body: bytes, retry_after: str) -> None:
    answer = classify(status, body, retry_after)
    assert isinstance(answer, (Tokens, TokenRefused, TokenUnavailable, TokenOutcomeUnknown))
    if isinstance(answer, Tokens):
        assert answer.lifetime >= 0


def test_t40_tokens_are_in_no_repr() -> None:
    assert "secret" not in repr(Tokens("secret-a", "secret-r", 1.0))


@pytest.mark.parametrize(
    "row",
    [
        {"id": "../x", "url": "https://x", "name": "x", "scopes": []},
        {"id": "", "url": "https://x", "name": "x", "scopes": []},
        {"id": "a", "url": "ftp://x", "name": "x", "scopes": []},
        {"id": 1, "url": "https://x", "name": "x", "scopes": []},
        {"id": "a"},
        None,
    ],
)
def test_odd_sites_are_left_out(row: object) -> None:
    good = {"id": "a", "url": "https://good.example", "name": "", "scopes": ["s", 1]}
    [site] = parse_sites(orjson.dumps([row, good]))
    assert (site.cloud_id, site.name, site.scopes) == ("a", "good.example", ("s",))


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[" * 2000])
def test_no_list_of_sites(body: bytes) -> None:
    with pytest.raises(SignInUnavailableError):
        parse_sites(body)


async def test_the_address_of_the_consent(endpoint: TokenEndpoint) -> None:
    url = urlsplit(endpoint.authorize_url("the-state", "v" * 64))
    query = {k: v[0] for k, v in parse_qs(url.query).items()}
    assert query == {
        "response_type": "code",
        "client_id": "client",
        "redirect_uri": "http://127.0.0.1/auth/jira/callback",
        "scope": "read:jira-work write:jira-work read:jira-user offline_access",
        "state": "the-state",
        "audience": "api.atlassian.com",
        "prompt": "consent",
        "code_challenge": create_s256_code_challenge("v" * 64),
        "code_challenge_method": "S256",
    }


async def test_a_redirect_is_not_followed_with_the_token(endpoint: TokenEndpoint, atlassian: Atlassian) -> None:
    elsewhere = f"{atlassian.url}/connected-apps"
    fault = atlassian.fault(status=307, headers={"Location": elsewhere})
    assert await endpoint.refresh("r") == TokenUnavailable("http 307")
    assert fault.hits == 1
    assert atlassian.login.tokens.calls == []


async def test_an_endless_answer_is_cut(endpoint: TokenEndpoint, atlassian: Atlassian) -> None:
    atlassian.fault(status=200, body=b'{"access_token": "' + b"x" * (2 * MAX_BODY_BYTES) + b'"}')
    assert await endpoint.refresh("r") == TokenOutcomeUnknown("unreadable answer")


async def test_a_name_that_does_not_resolve_was_not_asked(session: aiohttp.ClientSession) -> None:
    nowhere = TokenEndpoint(
        session,
        auth_url="https://auth.invalid",
        api_url="https://api.invalid",
        client_id="c",
        client_secret="s",
        redirect_uri="https://bot.example/auth/jira/callback",
        scopes=(),
    )
    assert isinstance(await nowhere.refresh("r"), TokenUnavailable)
    with pytest.raises(SignInUnavailableError):
        await nowhere.sites("t")

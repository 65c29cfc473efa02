"""Microsoft's login, as MSAL sees it."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncIterator

import aiohttp
import jwt
import msal
import pytest
import requests

from sandbox.browser import Browser
from sandbox.microsoft_login import CONNECTOR_SCOPE, WrongIdToken
from sandbox.people import PEOPLE, TENANT
from sandbox.server import Sandbox
from tests.support.sandbox import App

warnings.filterwarnings("ignore", message="response_mode='form_post'")


def _msal(sandbox: Sandbox, secret: str = "") -> msal.ConfidentialClientApplication:
    http = requests.Session()
    http.trust_env = False
    http.verify = str(sandbox.ca_bundle)
    login = sandbox.microsoft
    return msal.ConfidentialClientApplication(
        login.app_id,
        client_credential=secret or login.app_secret,
        oidc_authority=sandbox.microsoft_authority,
        http_client=http,
    )


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[msal.ConfidentialClientApplication]:
    made = await asyncio.to_thread(_msal, sandbox)
    yield made
    made.http_client.close()


async def sign_in(
    client: msal.ConfidentialClientApplication, session: aiohttp.ClientSession, app: App, mode: str = "query"
) -> dict[str, object]:
    flow = await asyncio.to_thread(
        client.initiate_auth_code_flow, [], redirect_uri=app.callback, response_mode=mode
    )
    browser = Browser(session)
    page = await browser.submit(await browser.open(flow["auth_uri"]), {"person": "bob@example.com"})
    if mode == "form_post":
        page = await browser.submit(page)
    answer: dict[str, object] = await asyncio.to_thread(
        client.acquire_token_by_auth_code_flow, flow, json.loads(page.text)
    )
    return answer


@pytest.mark.parametrize("mode", ["query", "form_post"])
async def test_msal_signs_a_person_in(
    client: msal.ConfidentialClientApplication,
    session: aiohttp.ClientSession,
    app: App,
    sandbox: Sandbox,
    mode: str,
) -> None:
    answer = await sign_in(client, session, app, mode)
    claims = answer["id_token_claims"]
    assert isinstance(claims, dict)
    assert (claims["tid"], claims["oid"]) == (TENANT, PEOPLE[1].oid)
    assert claims["preferred_username"] == "bob@example.com"
    assert verified(sandbox, answer["id_token"]) == claims


def verified(sandbox: Sandbox, token: object, audience: str = "") -> dict[str, object]:
    """Check the claims as OpenID Connect asks a client to; MSAL checks nothing but the nonce since 1.38."""
    [key] = jwt.PyJWKSet.from_dict(sandbox.microsoft.keys()).keys
    audience, issuer = audience or sandbox.microsoft.app_id, sandbox.microsoft_authority
    claims: dict[str, object] = jwt.decode(str(token), key, ["RS256"], audience=audience, issuer=issuer)
    return claims


@pytest.mark.parametrize(
    "wrong",
    [
        WrongIdToken({"aud": "somebody-else"}),
        WrongIdToken({"exp": 1}),
        WrongIdToken({"iss": "https://evil.example/v2.0"}),
        WrongIdToken(unsigned=True),
        WrongIdToken(foreign_key=True),
        WrongIdToken(without=("exp", "aud")),
    ],
    ids=str,
)
async def test_wrong_id_token_does_not_verify(
    client: msal.ConfidentialClientApplication,
    session: aiohttp.ClientSession,
    app: App,
    sandbox: Sandbox,
    wrong: WrongIdToken,
) -> None:
    sandbox.microsoft.wrong = wrong
    answer = await sign_in(client, session, app)
    with pytest.raises(jwt.InvalidTokenError):
        verified(sandbox, answer["id_token"])


async def test_id_token_of_another_tenant_verifies_and_names_it(
    client: msal.ConfidentialClientApplication, session: aiohttp.ClientSession, app: App, sandbox: Sandbox
) -> None:
    sandbox.microsoft.wrong = WrongIdToken({"tid": "another"})
    answer = await sign_in(client, session, app)
    assert verified(sandbox, answer["id_token"])["tid"] == "another"


async def test_msal_refuses_another_nonce(
    client: msal.ConfidentialClientApplication, session: aiohttp.ClientSession, app: App, sandbox: Sandbox
) -> None:
    sandbox.microsoft.wrong = WrongIdToken({"nonce": "another"})
    with pytest.raises((ValueError, RuntimeError)):
        await sign_in(client, session, app)


async def test_connector_token(client: msal.ConfidentialClientApplication, sandbox: Sandbox) -> None:
    answer = await asyncio.to_thread(client.acquire_token_for_client, [CONNECTOR_SCOPE])
    claims = verified(sandbox, answer["access_token"], "https://api.botframework.com")
    assert claims["appid"] == sandbox.microsoft.app_id
    assert sandbox.microsoft.token_calls == ["client_credentials"]


async def test_wrong_secret_is_refused(sandbox: Sandbox) -> None:
    client = await asyncio.to_thread(_msal, sandbox, "wrong")
    answer = await asyncio.to_thread(client.acquire_token_for_client, [CONNECTOR_SCOPE])
    client.http_client.close()
    assert answer["error"] == "invalid_client"
    assert sandbox.microsoft.token_calls == ["client_credentials!"]

"""Checks the bot's registration at Microsoft, where people sign in, and who signs what Teams sends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.accounts.sign_in.msal_http import MsalHttp
from bot.accounts.token_endpoint import error_code
from bot.admin.checks import entra_errors
from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding, failed, noted, passed
from bot.admin.checks.web import EXEMPT_FROM_PROXY, INTERCEPTED, UnreachableError
from bot.config.settings import Settings
from bot.microsoft_identity import build_connector_app, build_sign_in_app
from bot.security import entra

REDIRECT = "Microsoft redirect URI"
_ACCEPTED = frozenset({"invalid_scope", "invalid_resource"})
"""Refusals of what is asked for, not of who asks."""
_NO_ASSERTION = frozenset({"700027", "900144", "50027"})
"""What Entra answers to the empty assertion of an identity that gives none."""
_NO_IDENTITY = (
    "the managed identity gives no token.",
    "Run check on the machine that the identity is assigned to, and compare its client id.",
)


async def check_sign_in(context: Context) -> Sequence[Finding]:
    """Read the metadata of the sign-in, and ask it whether it would send a browser back to this bridge."""
    url = entra.metadata_url(context.settings.authority)
    try:
        answer = await context.web.ask(url)
    except UnreachableError as error:
        return [failed("MICROSOFT_AUTHORITY", str(error), error.remedy)]
    refusal = entra_errors.explain(entra_errors.find_number(answer.text))
    if answer.status == 400 and refusal is not None:
        return [failed("MICROSOFT_APP_TENANT_ID", *refusal)]
    document = answer.json
    if document is None:
        return [failed("MICROSOFT_AUTHORITY", INTERCEPTED, EXEMPT_FROM_PROXY)]
    if answer.status != 200 or "token_endpoint" not in document:
        message = f"answers {answer.status} without the metadata of a sign-in."
        return [
            failed("MICROSOFT_AUTHORITY", message, "Correct the address, or leave it out for Microsoft's own.")
        ]
    endpoint = str(document.get("authorization_endpoint", ""))
    return [passed("MICROSOFT_AUTHORITY", "its metadata can be read"), await _check_redirect(context, endpoint)]


async def _check_redirect(context: Context, endpoint: str) -> Finding:
    """Ask without anyone being signed in (`prompt=none`): Entra reports that to a registered address alone.

    OpenID Connect Core 3.1.2.6; RFC 6749 4.1.2.1: errors go to no address that is not registered.
    """
    settings = context.settings
    redirect_uri = f"{settings.base_url}/auth/microsoft/callback"
    query = {"client_id": settings.sign_in_client_id, "redirect_uri": redirect_uri, "response_type": "code"}
    query |= {"scope": "openid profile", "prompt": "none", "state": "check", "nonce": "check"}
    try:
        answer = await context.web.ask(f"{endpoint}?{urlencode(query)}")
    except UnreachableError as error:
        return failed(REDIRECT, str(error), error.remedy)
    target = answer.headers.get("Location", "")
    if 300 <= answer.status < 400 and target.startswith(f"{redirect_uri}?") and "error" in _query(target):
        return passed(REDIRECT, f"{redirect_uri} is registered")
    number = entra_errors.find_number(answer.text) or entra_errors.find_number(target)
    names = {"app": _sign_in_name(settings), "redirect_uri": redirect_uri}
    if refusal := entra_errors.explain(number, secret="", **names):
        return failed(REDIRECT, *refusal)
    return noted(
        REDIRECT,
        "the sign-in does not tell before someone signs in whether it is registered.",
        f"Make sure that the registration has exactly {redirect_uri}, platform Web.",
    )


def _query(url: str) -> Mapping[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def _sign_in_name(settings: Settings) -> str:
    return "SIGN_IN_APP_ID" if settings.sign_in_app_id else "MICROSOFT_APP_ID"


async def check_bot_token(context: Context) -> Sequence[Finding]:
    """Get the bot's own token, and one for the registration that people sign in to if it is another."""
    settings, http = context.settings, MsalHttp(context.tls)
    try:
        findings = []
        if (app := build_connector_app(settings, http)) is not None:
            scope = f"{settings.endpoints.bot_resource}/.default"
            names = {"app": "MICROSOFT_APP_ID", "secret": "MICROSOFT_APP_PASSWORD"}
            uses_identity = bool(settings.managed_identity)
            findings.append(await _check_credential(app, scope, names, uses_identity=uses_identity))
        if settings.sign_in_app_id:
            scope = f"{settings.sign_in_app_id}/.default"
            names = {"app": "SIGN_IN_APP_ID", "secret": "SIGN_IN_APP_PASSWORD"}
            uses_identity = not settings.sign_in_app_password.get_secret_value()
            sign_in = build_sign_in_app(settings, http)
            findings.append(await _check_credential(sign_in, scope, names, uses_identity=uses_identity))
        return findings
    finally:
        http.close()


async def _check_credential(
    app: entra.RegisteredApp | entra.ManagedApp, scope: str, names: Mapping[str, str], *, uses_identity: bool
) -> Finding:
    name = names["app"]
    try:
        answer = await asyncio.to_thread(app.acquire_token_for_client, [scope])
    except (OSError, ValueError):
        silence = "could not be checked: Microsoft gave no answer.", "See what is said of MICROSOFT_AUTHORITY."
        return failed(name, *(_NO_IDENTITY if uses_identity else silence))
    if answer.get("access_token"):
        return passed(name, "Microsoft gives its token")
    code, number = error_code(answer), entra_errors.find_number(str(answer.get("error_description", "")))
    if isinstance(app, entra.ManagedApp) or (uses_identity and number in _NO_ASSERTION):
        return failed(name, *_NO_IDENTITY)
    if code in _ACCEPTED:
        return passed(name, "Microsoft accepts its credential")
    refusal = entra_errors.explain(number, redirect_uri="", **names)
    return failed(name, *(refusal or _unknown_refusal(code, number)))


def _unknown_refusal(code: str, number: str) -> tuple[str, str]:
    name = f"{code}, AADSTS{number}" if number else code
    return f"Microsoft gives no token: {name}.", "Look the code up in Microsoft's list of AADSTS error codes."


async def check_inbound_issuer(context: Context) -> Sequence[Finding]:
    """Read the keys with which Teams' messages are signed."""
    name = "BOT_OPENID_METADATA_URL"
    if context.settings.bot_auth == "off":
        return []
    try:
        metadata = await context.web.ask_for_json(context.settings.inbound_metadata_url, "jwks_uri")
        await context.web.ask_for_json(str(metadata["jwks_uri"]), "keys")
    except UnreachableError as error:
        return [failed(name, str(error), error.remedy)]
    return [passed(name, "its metadata and keys can be read")]

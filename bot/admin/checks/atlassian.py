"""Checks the OAuth 2.0 (3LO) app at Atlassian as far as can be without a person."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_plus, urlencode

import orjson

from bot.accounts.token_endpoint import error_code
from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding, failed, noted, passed, warned
from bot.admin.checks.web import EXEMPT_FROM_PROXY, INTERCEPTED, Answer, UnreachableError
from bot.config.settings import Settings

APP = "JIRA_CLIENT_ID"
CALLBACK = "Atlassian callback URL"


def _callback(settings: Settings) -> str:
    return f"{settings.base_url}/auth/jira/callback"


async def check_client(context: Context) -> Sequence[Finding]:
    """Exchange a made-up code: Atlassian looks at the client first, and only then at the code.

    401 `access_denied` is its answer to a wrong client, 403 `invalid_grant` to a wrong code.
    """
    if not context.settings.uses_cloud:
        return []
    settings = context.settings
    body = {
        "grant_type": "authorization_code",
        "client_id": settings.jira_client_id,
        "client_secret": settings.jira_client_secret.get_secret_value(),
        "code": "check",
        "redirect_uri": _callback(settings),
    }
    url = f"{settings.atlassian_auth_url.rstrip('/')}/oauth/token"
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        answer = await context.web.ask(url, method="POST", headers=headers, body=orjson.dumps(body))
    except UnreachableError:
        silence = "could not be checked: Atlassian gave no answer.", "See what is said of ATLASSIAN_AUTH_URL."
        return [failed(APP, *silence)]
    return [_judge_client(answer)]


def _judge_client(answer: Answer) -> Finding:
    content = answer.json
    if content is None and (answer.is_page or answer.status < 400):
        return failed("ATLASSIAN_AUTH_URL", INTERCEPTED, EXEMPT_FROM_PROXY)
    code = error_code(content or {})
    if code == "invalid_grant":
        return passed(APP, "Atlassian accepts it with JIRA_CLIENT_SECRET")
    if answer.status in (400, 401, 403) and code in ("access_denied", "invalid_client"):
        return failed(
            APP,
            "Atlassian does not accept JIRA_CLIENT_ID with JIRA_CLIENT_SECRET.",
            "Copy Client ID and Secret again from developer.atlassian.com → the app → Settings.",
        )
    if code == "unauthorized_client":
        return failed(
            APP, "the app has no OAuth 2.0 (3LO).", "Add it on developer.atlassian.com → the app → Authorization."
        )
    return warned(
        APP, f"Atlassian's token endpoint answers {answer.status} ({code}).", "Run check again in a few minutes."
    )


async def check_callback(context: Context) -> Sequence[Finding]:
    """Ask for the consent page: Atlassian may say at once what is wrong with the request."""
    if not context.settings.uses_cloud:
        return []
    settings = context.settings
    query = {
        "audience": "api.atlassian.com",
        "client_id": settings.jira_client_id,
        "scope": " ".join(settings.scopes),
        "redirect_uri": _callback(settings),
        "state": "check",
        "response_type": "code",
        "prompt": "consent",
    }
    try:
        answer = await context.web.ask(f"{settings.atlassian_auth_url.rstrip('/')}/authorize?{urlencode(query)}")
    except UnreachableError as error:
        return [failed("ATLASSIAN_AUTH_URL", str(error), error.remedy)]
    text = unquote_plus(answer.headers.get("Location", "")) + answer.text
    if "redirect_uri is not registered" in text:
        return [
            failed(
                CALLBACK,
                f"the app does not have {_callback(settings)}.",
                "Set exactly this address on developer.atlassian.com → the app → Authorization → OAuth 2.0 (3LO).",
            )
        ]
    return [
        noted(
            CALLBACK,
            "Atlassian looks at callback URL, scopes and sharing only when someone connects.",
            f"The app needs exactly {_callback(settings)}, {', '.join(settings.scopes)}, and Distribution → "
            "Sharing.",
        )
    ]


async def check_api(context: Context) -> Sequence[Finding]:
    """Ask the API gateway for the sites of nobody."""
    if not context.settings.uses_cloud:
        return []
    url = f"{context.settings.atlassian_api_url.rstrip('/')}/oauth/token/accessible-resources"
    try:
        answer = await context.web.ask(url)
    except UnreachableError as error:
        return [failed("ATLASSIAN_API_URL", str(error), error.remedy)]
    if answer.status in (401, 403) and not answer.is_page:
        return [passed("ATLASSIAN_API_URL", "answers")]
    if answer.status >= 500:
        message, remedy = f"answers {answer.status}.", "Run check again in a few minutes."
        return [failed("ATLASSIAN_API_URL", message, remedy)]
    return [failed("ATLASSIAN_API_URL", INTERCEPTED, EXEMPT_FROM_PROXY)]

"""Decodes Jira's HTTP responses, as pure functions of status, headers and bytes.

Error bodies are `{"errorMessages": [...], "errors": {"field": "..."}}`
(https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes).
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from bot.http.client import retry_after_seconds, seconds_until
from bot.jira.errors import (
    JiraGoneError,
    JiraRateLimitedError,
    JiraRejectedError,
    JiraScopeError,
    JiraSignInError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    RateLimitScope,
)

MAX_BODY_BYTES = 5 * 1024 * 1024
DEFAULT_RETRY_AFTER_SECONDS = 5.0
"""For a 429 that names no time."""

_SCOPES = {
    "jira-burst-based": RateLimitScope.ENDPOINT,
    "jira-per-issue-on-write": RateLimitScope.ISSUE,
}
"""By the header `RateLimit-Reason`; any other reason is a quota of the site."""


def decode(status: int, headers: Mapping[str, str], body: bytes) -> object:
    """Return the JSON of a successful response, None for an empty one. Raises the matching `JiraError`."""
    if 200 <= status < 300:
        return _load_json(body, headers)
    raise _error_of(status, headers, body)


def parse_retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait: `Retry-After`, else `X-RateLimit-Reset`, else the default."""
    seconds = retry_after_seconds(headers.get("Retry-After", ""))
    if seconds is None:
        seconds = seconds_until(headers.get("X-RateLimit-Reset", ""))
    return DEFAULT_RETRY_AFTER_SECONDS if seconds is None else seconds


def _load_json(body: bytes, headers: Mapping[str, str]) -> object:
    if not body:
        return None
    if "json" not in headers.get("Content-Type", "json"):
        raise JiraUnavailableError("Jira answered with something that is not JSON")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise JiraUnavailableError("Jira's answer was cut or garbled") from None


def _error_of(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    messages, fields = parse_error_body(body)
    if status == 429:
        scope = _SCOPES.get(headers.get("RateLimit-Reason", ""), RateLimitScope.SITE)
        return JiraRateLimitedError(parse_retry_after(headers), scope)
    if status == 401:
        if any("scope does not match" in m.lower() for m in messages) or b"scope does not match" in body[:2000]:
            return JiraScopeError("the consent lacks a scope")
        return JiraSignInError("Jira refused the access token")
    if status in (403, 404, 410):
        kind = JiraGoneError if status == 410 else NotFoundOrForbiddenError
        return kind(f"Jira answered {status}")
    if status in (400, 409, 413, 422):
        return JiraRejectedError(status, messages, fields)
    return JiraUnavailableError(f"Jira answered {status}")


def parse_error_body(body: bytes) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the messages of an error body: general ones, and those by field id."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return (), {}
    if not isinstance(data, dict):
        return (), {}
    listed = data.get("errorMessages")
    messages = [m for m in listed if isinstance(m, str)] if isinstance(listed, list) else []
    if isinstance(data.get("message"), str):
        messages.append(data["message"])
    by_field = data.get("errors")
    fields = {str(k): str(v) for k, v in by_field.items()} if isinstance(by_field, dict) else {}
    return tuple(messages), fields

"""What Jira's HTTP answers mean, as functions on status, headers and bytes.

Error bodies are `{"errorMessages": [...], "errors": {"field": "..."}}`
(https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes).
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from bot.http.client import seconds_of, seconds_until
from bot.jira.errors import (
    JiraRateLimitedError,
    JiraRejectedError,
    JiraScopeError,
    JiraSignInError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    Reach,
)

MAX_BODY = 5 * 1024 * 1024
"""Bytes of one answer that are read at most."""

_RETRY_AFTER_SECONDS = 5.0
"""Where a 429 names no time."""

_REACH = {"jira-burst-based": Reach.ENDPOINT, "jira-per-issue-on-write": Reach.ISSUE}


def decode(status: int, headers: Mapping[str, str], body: bytes) -> object:
    """The JSON of a successful answer (None for an empty one), or the matching `JiraError`."""
    if 200 <= status < 300:
        return _json(body, headers)
    raise _error(status, headers, body)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait: `Retry-After`, else `X-RateLimit-Reset`."""
    seconds = seconds_of(headers.get("Retry-After", ""))
    if seconds is None:
        seconds = seconds_until(headers.get("X-RateLimit-Reset", ""))
    return _RETRY_AFTER_SECONDS if seconds is None else seconds


def _json(body: bytes, headers: Mapping[str, str]) -> object:
    if not body:
        return None
    if "json" not in headers.get("Content-Type", "json"):
        raise JiraUnavailableError("Jira answered with something that is not JSON")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise JiraUnavailableError("Jira's answer was cut or garbled") from None


def _error(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    messages, fields = said(body)
    if status == 429:
        return JiraRateLimitedError(
            retry_after(headers), _REACH.get(headers.get("RateLimit-Reason", ""), Reach.SITE)
        )
    if status == 401:
        if any("scope does not match" in m.lower() for m in messages) or b"scope does not match" in body[:2000]:
            return JiraScopeError("the consent lacks a scope")
        return JiraSignInError("Jira refused the access token")
    if status in (403, 404, 410):
        return NotFoundOrForbiddenError(f"Jira answered {status}")
    if status in (400, 409, 413, 422):
        return JiraRejectedError(status, messages, fields)
    return JiraUnavailableError(f"Jira answered {status}")


def said(body: bytes) -> tuple[tuple[str, ...], dict[str, str]]:
    """Jira's own words in an error body: general messages, and messages by field id."""
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

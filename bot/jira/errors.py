"""What can go wrong between the bridge and Jira.

JiraError
├── JiraUnavailableError      down, slow, cut, nonsense: try again later
│   ├── JiraTimeoutError
│   ├── JiraRateLimitedError  429: says when
│   └── PersonQuotaError      this person's share of the hourly quota is used up: Jira was not asked
├── JiraSignInError           401 although the token was fresh
├── JiraScopeError            401 "scope does not match": the consent lacks a scope
├── JiraGoneError             410: Jira no longer has this operation
├── NotFoundOrForbiddenError  403 and 404, worded alike so that nothing can be probed
│   └── IssueNotFoundError    404 of one issue's path: says which
├── JiraRejectedError         400, 409, 413, 422: Jira's own words, by field
└── OutcomeUnknownError       a write whose answer was lost and that could not be verified
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class JiraError(Exception):
    """Base class. `str(error)` is for logs and holds neither a token nor text from Jira."""


class NoTokenError(Exception):
    """There is no access token for the person now, so Jira was not asked. Subclasses say why."""


class JiraUnavailableError(JiraError):
    """Jira did not answer as Jira (5xx, HTML, truncated, connection refused)."""


class JiraTimeoutError(JiraUnavailableError):
    """Jira took longer than we wait."""


class RateLimitScope(Enum):
    """What a rate limit holds for: all of a site, one kind of call, or writes to one issue."""

    SITE = auto()
    ENDPOINT = auto()
    ISSUE = auto()


class JiraRateLimitedError(JiraUnavailableError):
    """Jira answered 429; `retry_after` is in seconds."""

    def __init__(self, retry_after: float, scope: RateLimitScope = RateLimitScope.SITE) -> None:
        super().__init__(f"rate limited for {retry_after:.0f} s")
        self.retry_after, self.scope = retry_after, scope


class PersonQuotaError(JiraUnavailableError):
    """The person (by their key) has used their share of Jira's quota; `retry_after` is in seconds."""

    def __init__(self, person: str, retry_after: float) -> None:
        super().__init__(f"share of the quota used up for {retry_after:.0f} s")
        self.person, self.retry_after = person, retry_after


class JiraSignInError(JiraError):
    """Jira refused a fresh access token."""


class JiraScopeError(JiraError):
    """The person's consent does not cover this call."""


class NotFoundOrForbiddenError(JiraError):
    """There is no such thing, or this person may not see or do it. Jira does not say which, and neither do we."""


class IssueNotFoundError(NotFoundOrForbiddenError):
    """Jira shows this person no issue with this `key`."""

    def __init__(self, key: str) -> None:
        super().__init__("no such issue")
        self.key = key


class JiraGoneError(JiraError):
    """Jira removed the operation: only a newer release of the bridge can help."""


class JiraRejectedError(JiraError):
    """Jira refused a valid request. `messages` and `fields` are Jira's text: show them as plain text."""

    def __init__(
        self, status: int, messages: tuple[str, ...] = (), fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"Jira answered {status}")
        self.status = status
        self.messages = messages
        self.fields = dict(fields or {})


class OutcomeUnknownError(JiraError):
    """The answer to a write was lost, and reading back did not show whether it was done.

    `connection_failed` is True if the connection broke or timed out, False if a proxy answered in Jira's place.
    """

    def __init__(self, message: str, *, connection_failed: bool = True) -> None:
        super().__init__(message)
        self.connection_failed = connection_failed

"""What a token endpoint may answer."""

from __future__ import annotations

from dataclasses import dataclass, field

TOKEN_TIMEOUT = 8.0
"""Seconds for a whole call. A command's turn has to be answered in less than 15."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A successful answer. `refresh` is empty if the answer had none; the earlier one stays valid then."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lifetime: float
    """Seconds from now."""
    scopes: tuple[str, ...] | None = None
    """None if the answer did not say: then they are as asked for (RFC 6749, 5.1)."""


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """The code or refresh token is refused for good. `reason` is an OAuth error code."""

    reason: str


@dataclass(frozen=True, slots=True)
class TokenUnavailable:
    """No tokens now, but nothing is wrong with the grant. `retry_after` is in seconds, 0 if not named.

    `passing`: the service failed, so that the same call may succeed in a moment; else it refused this app.
    """

    reason: str
    retry_after: float = 0.0
    passing: bool = True


@dataclass(frozen=True, slots=True)
class TokenOutcomeUnknown:
    """The request was sent and no usable answer came: the refresh token may have been rotated."""

    reason: str


TokenAnswer = Tokens | TokenRefused | TokenUnavailable | TokenOutcomeUnknown

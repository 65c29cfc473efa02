"""Jira's rate limits: which calls were refused with 429, and until when they must wait.

A 429 names its `RateLimit-Reason`: a quota is the whole site's, a burst is that of one kind of call, and writes to
one issue are limited by themselves (https://developer.atlassian.com/cloud/jira/platform/rate-limiting/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cachetools import TLRUCache

from bot.jira.errors import RateLimitScope
from bot.jira.models import ISSUE_KEY

Bucket = tuple[str, ...]
Buckets = Mapping[RateLimitScope, Bucket]
MAX_BUCKETS = 1_000


def buckets_of_call(site: str, method: str, path: str, *, reads: bool) -> Buckets:
    """Return the buckets that a call counts against, by scope. `path` is that within the REST API."""
    parts = path.strip("/").split("/")
    kind = "/".join("*" if ISSUE_KEY.fullmatch(part) or part.isdecimal() else part for part in parts)
    buckets: dict[RateLimitScope, Bucket] = {
        RateLimitScope.SITE: (site,),
        RateLimitScope.ENDPOINT: (site, method, kind),
    }
    if not reads and parts[0] == "issue" and len(parts) > 1:
        buckets[RateLimitScope.ISSUE] = (site, parts[1])
    return buckets


class RateLimits:
    """Remembers exhausted buckets until Jira accepts calls again. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._blocked_until: TLRUCache[Bucket, float] = TLRUCache(
            MAX_BUCKETS, ttu=lambda _bucket, until, _now: until, timer=clock
        )

    @property
    def any_blocked(self) -> bool:
        """Whether any calls may have to wait; mostly none have."""
        return bool(self._blocked_until)

    def seconds_left(self, buckets: Buckets) -> float:
        """Return the seconds until all `buckets` accept calls; 0 or less if they do now."""
        return max(self._blocked_until.get(bucket, 0.0) for bucket in buckets.values()) - self._clock()

    def block(self, buckets: Buckets, scope: RateLimitScope, seconds: float) -> None:
        """Record a 429 that asks to wait `seconds`. Without a bucket of its `scope` the endpoint's is blocked."""
        bucket = buckets.get(scope, buckets[RateLimitScope.ENDPOINT])
        self._blocked_until[bucket] = self._clock() + seconds

"""Where Jira said to wait, and until when.

A 429 names its `RateLimit-Reason`: a quota is the whole site's, a burst is that of one kind of call, and writes to
one issue are limited by themselves (https://developer.atlassian.com/cloud/jira/platform/rate-limiting/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.jira.errors import Reach
from bot.jira.models import ISSUE_KEY

Door = tuple[str, ...]
_MOST = 1_000


def doors(site: str, method: str, path: str, *, reads: bool) -> Mapping[Reach, Door]:
    """What a call has to pass, by how far a limit there reaches. `path` is that within the REST API."""
    parts = path.strip("/").split("/")
    kind = "/".join("*" if ISSUE_KEY.fullmatch(part) or part.isdecimal() else part for part in parts)
    passed: dict[Reach, Door] = {Reach.SITE: (site,), Reach.ENDPOINT: (site, method, kind)}
    if not reads and parts[0] == "issue" and len(parts) > 1:
        passed[Reach.ISSUE] = (site, parts[1])
    return passed


class Doors:
    """Those that are closed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[Door, float] = {}

    def wait(self, passed: Mapping[Reach, Door]) -> float:
        """Seconds until all of these are open; 0 or less if they are."""
        return max(self._until.get(door, 0.0) for door in passed.values()) - self._clock()

    def close(self, passed: Mapping[Reach, Door], reach: Reach, seconds: float) -> None:
        """Jira said to wait so long."""
        now = self._clock()
        if len(self._until) >= _MOST:
            self._until = {door: until for door, until in self._until.items() if until > now}
        self._until[passed.get(reach, passed[Reach.ENDPOINT])] = now + seconds

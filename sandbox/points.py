"""Jira's hourly quota: what calls cost, and the headers and refusals that tell an app of it.

https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from aiohttp import web

HOUR_SECONDS = 3600
READ_ONLY_POSTS = ("/search/jql", "/jql/parse", "/jql/match")
LISTS = ("issues", "values", "users")


class Points:
    """Counts the points of all calls. Without a `quota` nothing is limited, and answers say nothing of it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.quota: int | None = None
        self.used = 0
        self._clock, self._hour = clock, 0.0

    def refuse(self) -> web.Response | None:
        """Return the answer to a call for which nothing is left."""
        if self._hour != (hour := self._clock() // HOUR_SECONDS):
            self._hour, self.used = hour, 0
        if self.quota is None or self.used < self.quota:
            return None
        refused = web.json_response({"errorMessages": ["Rate limit exceeded."]}, status=429)
        refused.headers["Retry-After"] = str(self._seconds_left())
        refused.headers["RateLimit-Reason"] = "jira-quota-global-based"
        return refused

    def charge(self, request: web.Request, response: web.Response) -> None:
        """Count an answered call, and say in the answer what is left if that is little."""
        if self.quota is None:
            return
        reads = request.method == "GET" or request.path.endswith(READ_ONLY_POSTS)
        self.used += 1 + (_objects(request.path, response) if reads and response.status == 200 else 0)
        left = max(0, self.quota - self.used)
        remaining = f";r={left}" if left < self.quota / 5 else ""
        response.headers["RateLimit-Policy"] = f'"global-app-quota";q={self.quota};w={HOUR_SECONDS}'
        response.headers["RateLimit"] = f'"global-app-quota"{remaining};t={self._seconds_left()}'

    def _seconds_left(self) -> int:
        return int(HOUR_SECONDS - self._clock() % HOUR_SECONDS)


def _objects(path: str, response: web.Response) -> int:
    body = json.loads(response.text or "null") if response.content_type == "application/json" else None
    if isinstance(body, dict):
        body = next((body[name] for name in LISTS if name in body), [body])
    count = len(body) if isinstance(body, list) else 0
    return count * (2 if "/user" in path or path.endswith("/myself") else 1)

"""Shares Jira's hourly points among the people of a site, so that one person cannot use up what all need (T43).

Atlassian counts an app's calls in points, by the hour that begins at the full hour in UTC: 65,000 for all of its
sites together, or a quota for each site of an app that has been granted more. A write costs 1, a read 1 and 1 more
for each object in the answer, 2 for each user (https://developer.atlassian.com/cloud/jira/platform/rate-limiting/).
Answers name the quota in `RateLimit-Policy`, and in `RateLimit` what is left once that is less than a fifth.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.jira.errors import PersonQuotaError

DEFAULT_QUOTA = 65_000
HOUR_SECONDS = 3600
MIN_SHARE = 1 / 500
"""Of a quota. Nobody is refused that much: whether there is any left at all is for Jira to say."""
_ALL_SITES = ""
_QUOTA = re.compile(r'"(global|tenant)-app-quota"([^,"]{0,100})')
_NUMBER = re.compile(r";\s{0,9}([qr])=(\d{1,9})(?!\d)", re.ASCII)
_PREFIXES = ("", "Beta-")
"""As long as Atlassian does not enforce a quota, its headers have the second one."""
_LISTS = ("issues", "values", "users")


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who uses points: a person (by their key), or what runs on their behalf while they wait for nothing.

    The two have shares of their own, so that a flood of events does not keep its subscriber from typing.
    """

    person: str
    waits: bool


@dataclass(slots=True)
class _Pool:
    """A quota and what was used of it in one hour.

    `left` is what Jira said last, which knows what other replicas use; None as long as it says nothing.
    """

    hour: int
    quota: int
    left: int | None = None
    used: Counter[Claimant] = field(default_factory=Counter)
    used_in_all: int = 0

    def share(self) -> float:
        """Return how many points a claimant may have used: as many as are left."""
        left = self.quota - self.used_in_all
        return max(left if self.left is None else min(self.left, left), self.quota * MIN_SHARE)

    def use(self, claimant: Claimant, points: int) -> None:
        self.used[claimant] += points
        self.used_in_all += points


class PointBudget:
    """Lets nobody use more of a quota than what is left of it for all others. `clock` gives Unix seconds.

    So one person gets at most half, a second who wants as much a third like the first, and so on; whoever comes
    later finds some left, whatever the others want.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._pools: dict[str, _Pool] = {}
        self._has_own_quota: dict[str, bool] = {}

    def take(self, site: str, claimant: Claimant) -> None:
        """Use the point that each call costs. Raises `PersonQuotaError` if the claimant's share is used up."""
        pool = self._pool(site)
        # Without a person somebody is about to connect, which everybody does once.
        if claimant.person and pool.used[claimant] >= pool.share():
            raise PersonQuotaError(claimant.person, HOUR_SECONDS - self._clock() % HOUR_SECONDS)
        pool.use(claimant, 1)

    def add(self, site: str, claimant: Claimant, points: int) -> None:
        """Use what the answer to a call cost beyond that."""
        self._pool(site).use(claimant, points)

    def note(self, site: str, headers: Mapping[str, str]) -> None:
        """Learn from an answer which quota holds, how large it is and what is left of it."""
        quotas = _read(headers, "RateLimit-Policy", "q")
        for kind in quotas:
            self._has_own_quota[site] = kind == "tenant"
            self._pool(site).quota = quotas[kind]
        kind = "tenant" if self._has_own_quota.get(site) else "global"
        left = _read(headers, "RateLimit", "r").get(kind)
        if left is not None:
            self._pool(site).left = left

    def _pool(self, site: str) -> _Pool:
        name = site if self._has_own_quota.get(site) else _ALL_SITES
        hour, pool = int(self._clock() // HOUR_SECONDS), self._pools.get(name)
        if pool is None or pool.hour != hour:
            pool = self._pools[name] = _Pool(hour, pool.quota if pool else DEFAULT_QUOTA)
        return pool


def points_of_answer(path: str, document: object, *, reads: bool) -> int:
    """Return what an answer costs beyond the one point of its call: its objects, as far as can be counted."""
    if not reads or document is None:
        return 0
    of_users = path.startswith(("/user", "/myself", "/mypermissions", "/permissions"))
    return _count(document) * (2 if of_users else 1)


def _count(document: object) -> int:
    if isinstance(document, dict):
        lists = (document.get(name) for name in _LISTS)
        document = next((each for each in lists if isinstance(each, list)), None)
    return len(document) if isinstance(document, list) else 1


def _read(headers: Mapping[str, str], name: str, attribute: str) -> Mapping[str, int]:
    """Return one attribute of each quota that a header names: `"global-app-quota";q=65000;w=3600, …`."""
    text = ",".join(headers.get(prefix + name, "") for prefix in _PREFIXES)
    numbers = {kind: dict(_NUMBER.findall(rest)) for kind, rest in _QUOTA.findall(text)}
    return {kind: int(found[attribute]) for kind, found in numbers.items() if attribute in found}

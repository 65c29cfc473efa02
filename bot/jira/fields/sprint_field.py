"""Finds the custom fields of the sprint and the story points, whose ids differ from site to site."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cachetools import LRUCache

from bot.http.json import as_list, as_object, as_text
from bot.jira.errors import JiraError, PersonQuotaError
from bot.jira.models import Site

FIELD_IDS_TTL_SECONDS = 3600.0
RETRY_FAILED_LOOKUP_SECONDS = 360.0
MAX_CACHED_SITES = 10_000

SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
STORY_POINTS = (
    "com.pyxis.greenhopper.jira:jsw-story-points",
    "com.atlassian.jira.plugin.system.customfieldtypes:float",
)
STORY_POINTS_NAMES = ("story points", "story point estimate")


@dataclass(frozen=True, slots=True)
class ExtraFields:
    """Custom field ids, empty where the site has no such field."""

    sprint: str = ""
    points: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the fields that exist."""
        return tuple(filter(None, (self.sprint, self.points)))


def recognise(fields: object) -> ExtraFields:
    """Find the ids in the response of `GET /rest/api/3/field`."""
    sprint = points = ""
    for item in map(as_object, as_list(fields)):
        custom = as_text(as_object(item.get("schema")).get("custom"))
        if custom == SPRINT:
            sprint = as_text(item.get("id"))
        elif custom in STORY_POINTS and as_text(item.get("name")).lower() in STORY_POINTS_NAMES:
            points = as_text(item.get("id"))
    return ExtraFields(sprint, points)


class FieldCatalogue:
    """Caches each site's extra fields: their ids are the same for everybody on a site."""

    def __init__(self) -> None:
        self._cache: LRUCache[str, tuple[float, ExtraFields]] = LRUCache(MAX_CACHED_SITES)

    async def extra_fields(self, site: Site, get: Callable[[str], Awaitable[object]]) -> ExtraFields:
        """Return the site's extra fields. If Jira does not answer, return the last known, or none.

        Raises `PersonQuotaError`, which says nothing of the site.
        """
        now = time.monotonic()
        fresh_until, extra = self._cache.get(site.cloud_id, (0.0, ExtraFields()))
        if fresh_until > now:
            return extra
        try:
            extra, ttl = recognise(await get("/field")), FIELD_IDS_TTL_SECONDS
        except PersonQuotaError:
            raise
        except JiraError:
            ttl = RETRY_FAILED_LOOKUP_SECONDS
        self._cache[site.cloud_id] = (now + ttl, extra)
        return extra

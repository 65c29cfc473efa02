"""Which custom fields hold the sprint and the story points: their ids differ from site to site."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.http.json import as_list, as_object, as_text
from bot.jira.errors import JiraError
from bot.jira.models import Site

LIFETIME = 3600.0
"""Seconds for which a site's fields are remembered; a failed look-up is remembered for a tenth of that."""

SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
STORY_POINTS = (
    "com.pyxis.greenhopper.jira:jsw-story-points",
    "com.atlassian.jira.plugin.system.customfieldtypes:float",
)


@dataclass(frozen=True, slots=True)
class ExtraFields:
    """Custom field ids, empty where the site has no such field."""

    sprint: str = ""
    points: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """Those that exist."""
        return tuple(f for f in (self.sprint, self.points) if f)


def recognise(fields: object) -> ExtraFields:
    """Pick them out of `GET /rest/api/3/field`."""
    sprint = points = ""
    for item in map(as_object, as_list(fields)):
        custom = as_text(as_object(item.get("schema")).get("custom"))
        if custom == SPRINT:
            sprint = as_text(item.get("id"))
        elif custom in STORY_POINTS and as_text(item.get("name")).lower() in (
            "story points",
            "story point estimate",
        ):
            points = as_text(item.get("id"))
    return ExtraFields(sprint, points)


class FieldCatalogue:
    """Remembers each site's extra fields. Field ids are the same for everybody on a site."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, ExtraFields]] = {}

    async def of(self, site: Site, get: Callable[[str], Awaitable[object]]) -> ExtraFields:
        """The site's extra fields; none when Jira will not say (they only adorn the card)."""
        now = time.monotonic()
        until, extra = self._known.get(site.cloud_id, (0.0, ExtraFields()))
        if until > now:
            return extra
        try:
            extra, lifetime = recognise(await get("/field")), LIFETIME
        except JiraError:
            lifetime = LIFETIME / 10
        self._known[site.cloud_id] = (now + lifetime, extra)
        return extra

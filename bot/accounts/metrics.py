"""What the vault counts. No label ever names a person, a site or a token."""

from __future__ import annotations

from prometheus_client import Counter

REFRESHES = Counter("refresh_total", "Grant refreshes by how they ended", ["result"])
UNKNOWN_OUTCOMES = Counter("refresh_unknown_outcome_total", "Refreshes whose answer was lost")
RACES_RECOVERED = Counter("refresh_race_recovered_total", "Refreshes that found a newer grant already stored")
REUSE_SUSPECTED = Counter("refresh_reuse_suspected_total", "Grants refused although nobody here had renewed them")
LINKS = Counter("link_total", "Account links by how they ended", ["result"])

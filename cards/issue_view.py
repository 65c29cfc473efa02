"""What an issue card is made from, and how much of it there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from bot.jira.models import Comment, Issue, Site, Transition, issue_key
from cards.base import ActionSigner


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each part is shown; parts with 0 are left out."""

    summary: int = 255
    description: int = 600
    description_lines: int = 8
    comment: int = 300
    comment_lines: int = 4
    more_comments: int = 3
    rows: int = 8
    labels: int = 12
    transitions: int = 12
    facts: bool = True


ROOMS = (
    Room(),
    Room(description=400, description_lines=6, comment=200, more_comments=0, rows=4, labels=8, transitions=10),
    Room(160, 200, 4, 100, 2, more_comments=0, rows=0, labels=5, transitions=8),
    Room(120, 0, 0, 0, 0, more_comments=0, rows=0, labels=0, transitions=6),
    Room(80, 0, 0, 0, 0, more_comments=0, rows=0, labels=0, transitions=3, facts=False),
)
"""What goes when a card is too large: older comments, rows, long texts, then all texts, at last the facts."""


@lru_cache(maxsize=1024)
def _key(text: str) -> str:
    return issue_key(text) or ""


@dataclass(frozen=True, slots=True)
class IssueView:
    """One issue as it is shown in one place."""

    issue: Issue
    site: Site
    transitions: Sequence[Transition]
    sign: ActionSigner
    zone: tzinfo
    now: datetime
    shared: bool
    """Several people read the card, so it leaves out what only the one who asked may see."""
    viewer: str = ""
    """The accountId of the one for whom alone the card is made."""

    @property
    def key(self) -> str:
        """The issue's key; empty if what Jira called a key is none."""
        return _key(self.issue.key)

    @property
    def url(self) -> str:
        """The issue's page in Jira; empty without a key."""
        return self.site.browse(self.key) if self.key else ""

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments that everybody here may read, oldest first."""
        return tuple(c for c in self.issue.comments if not (self.shared and c.restricted))

    def data(self, verb: str, **more: str) -> dict[str, str]:
        """Signed data for a button of this issue."""
        return self.sign(verb, issue=self.key, site=self.site.cloud_id, **more)

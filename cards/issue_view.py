"""What an issue card is built from, and its size tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.jira.disclosure import hides_content
from bot.jira.models import Comment, Issue, Site, Transition, issue_key
from cards.base import ActionSigner


@dataclass(frozen=True, slots=True)
class SizeTier:
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


SIZE_TIERS = (
    SizeTier(),
    SizeTier(description=400, description_lines=6, comment=200, more_comments=0, rows=4, labels=8, transitions=10),
    SizeTier(160, 200, 4, 100, 2, more_comments=0, rows=0, labels=5, transitions=8),
    SizeTier(120, 0, 0, 0, 0, more_comments=0, rows=0, labels=0, transitions=6),
    SizeTier(80, 0, 0, 0, 0, more_comments=0, rows=0, labels=0, transitions=3, facts=False),
)
"""A card that is too large loses older comments, rows and long texts first, then all texts, at last the facts."""


@dataclass(frozen=True, slots=True)
class IssueView:
    """One issue as it is shown to a person or in a conversation."""

    issue: Issue
    site: Site
    transitions: Sequence[Transition]
    sign: ActionSigner
    zone: tzinfo
    now: datetime
    shared: bool
    """Several people read the card, so it leaves out what others may not see."""
    viewer: str = ""
    """The accountId of the only reader of a card that is not `shared`."""
    including_restricted: bool = False
    """A subscription of the conversation says so: see `bot.jira.disclosure`."""
    moved: bool = False
    """It is in another project than when the card was posted."""
    key: str = field(init=False)
    """The issue's key; empty if Jira sent a malformed one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", issue_key(self.issue.key) or "")

    @property
    def url(self) -> str:
        """The address of the issue in Jira; empty without a key."""
        return self.site.browse(self.key) if self.key else ""

    @property
    def hides_content(self) -> bool:
        """Whether its readers may see nothing but the key."""
        return hides_content(
            secured=self.issue.secured,
            shared=self.shared,
            including_restricted=self.including_restricted,
            moved=self.moved,
        )

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments that all readers may see, oldest first."""
        return tuple(c for c in self.issue.comments if not (self.shared and c.restricted))

    def sign_data(self, verb: str, **more: str) -> dict[str, str]:
        """Return signed data for a button of this issue."""
        return self.sign(verb, issue=self.key, site=self.site.cloud_id, **more)

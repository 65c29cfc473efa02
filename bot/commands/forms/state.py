"""The state of a form, which travels in the signed data of its buttons."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from bot.jira.fields.kinds import MULTI_VALUED, Kind
from bot.jira.models import issue_key
from bot.security.card_signing import SignedData


class Purpose(StrEnum):
    """What submitting a form does."""

    CREATE = "create"
    EDIT = "edit"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Form:
    """What a form is for.

    `was` has fingerprints, by field id, of the values that it was drawn with: those of the issue, or the defaults
    of a new one.
    """

    purpose: Purpose
    site: str
    """The site's cloud id."""
    issue: str = ""
    project: str = ""
    type: str = ""
    """The issue type's id."""
    transition: str = ""
    card: str = ""
    """The activity id of the card that the form was opened from."""
    was: Mapping[str, str] = field(default_factory=dict)

    @property
    def project_key(self) -> str:
        """The key of the project, also that of the issue."""
        return self.project or self.issue.rpartition("-")[0]

    def to_data(self) -> dict[str, str]:
        """Return the data of the form's button, without issue and site, which every button has."""
        own = {name: str(value) for name, value in asdict(self).items() if name not in ("issue", "site", "was")}
        return {**own, "was": ",".join(f"{name}:{mark}" for name, mark in self.was.items())}

    @classmethod
    def from_data(cls, data: SignedData) -> Form:
        """Return the form of a press. Raises `ValueError`."""
        marks = (pair.rpartition(":") for pair in data.get("was", "").split(",") if pair)
        return cls(
            purpose=Purpose(data.get("purpose", "")),
            site=data.get("site", ""),
            issue=issue_key(data.get("issue", "")) or "",
            project=data.get("project", ""),
            type=data.get("type", ""),
            transition=data.get("transition", ""),
            card=data.get("card", ""),
            was={name: mark for name, _, mark in marks},
        )


def fingerprint(kind: Kind, text: str, clock: str = "") -> str:
    """Return what tells whether an input was changed; for labels also which of them are still there."""
    if kind is Kind.LABELS:
        return ".".join(sorted(label_mark(label) for label in text.split(",") if label.strip()))
    plain = text.replace("\r\n", "\n").strip()
    if kind in MULTI_VALUED:
        plain = ",".join(sorted(plain.split(",")))
    return _mark(f"{plain}\0{clock}")


def label_mark(label: str) -> str:
    """Return the part of a fingerprint that stands for one label."""
    return _mark(label.strip())


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()

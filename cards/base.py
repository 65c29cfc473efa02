"""The vocabulary that all cards share."""

from __future__ import annotations

from typing import Protocol

Card = dict[str, object]
"""An Adaptive Card 1.5 (or a part of one) as plain JSON, ready to serialise."""


class ActionSigner(Protocol):
    """Makes the `data` of an `Action.Execute`.

    The bridge signs verb, issue, site, conversation and time into it, so that altered data is noticed; a card
    only passes on what it is given. No property may be called `key` (Teams clients choke on it).
    """

    def __call__(self, verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]: ...

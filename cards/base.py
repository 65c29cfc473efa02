"""Types that all cards share."""

from __future__ import annotations

from typing import Protocol

Card = dict[str, object]
"""An Adaptive Card 1.5 as plain JSON, ready to serialise."""


class ActionSigner(Protocol):
    """Makes the `data` of an `Action.Execute`.

    The bridge signs the verb, the data, the conversation and the time, so that altered data is noticed. No
    property may be called `key`: Teams clients fail on it.
    """

    def __call__(self, verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]: ...

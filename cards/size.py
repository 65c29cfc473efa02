"""Fits cards to Teams' size limit, by building them smaller until they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import orjson

from cards.base import Card

MAX_CARD_BYTES = 28_000
"""Teams accepts more from bots today; webhooks and older clients do not."""

TierT = TypeVar("TierT")


def size(card: Mapping[str, object]) -> int:
    """Return the bytes of a card, or of a part of one, as JSON in UTF-8."""
    return len(orjson.dumps(card))


def fit(build: Callable[[TierT], Card], tiers: Iterable[TierT]) -> Card:
    """Return the card built with the first of `tiers` (largest first) that keeps it within the limit.

    The last tier must be so small that no card is too large; it is not checked.
    """
    card: Card = {}
    for tier in tiers:
        card = build(tier)
        if size(card) <= MAX_CARD_BYTES:
            break
    return card

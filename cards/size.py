"""Cards that fit: Teams refuses a message that is too large, so a card is built smaller until it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import orjson

from cards.base import Card

LIMIT = 28_000
"""Bytes of a serialised card. Teams takes more from bots today; webhooks and older clients do not."""

RoomT = TypeVar("RoomT")


def size(card: Mapping[str, object]) -> int:
    """How many bytes a card, or a part of one, is on the wire (UTF-8)."""
    return len(orjson.dumps(card))


def fit(build: Callable[[RoomT], Card], rooms: Iterable[RoomT]) -> Card:
    """The card built with the first of `rooms` (largest first) that keeps it within LIMIT.

    The last room must be so small that nothing can be too large for it; it is not checked again.
    """
    card: Card = {}
    for room in rooms:
        card = build(room)
        if size(card) <= LIMIT:
            break
    return card

"""Every kind of card as it was agreed on. `UPDATE_SNAPSHOTS=1 pytest tests/cards` rewrites the files."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

import cards
from cards.base import Card
from cards.size import MAX_CARD_BYTES, size
from tests.commands.forms.test_form_cards import without_typeahead
from tests.support.card_schema import assert_valid
from tests.support.samples.cards import every_card
from tests.support.samples.forms import every_form

FOLDER = Path(__file__).parent / "snapshots"
PARTS = {"card", "fit"}
"""What every builder builds with."""


def samples() -> dict[str, Card]:
    return {**every_card(), **every_form()}


CARDS = samples()


@pytest.mark.parametrize("name", CARDS)
def test_card_is_as_agreed(name: str) -> None:
    path = FOLDER / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        path.write_text(json.dumps(CARDS[name], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == CARDS[name]
    assert_valid(without_typeahead(CARDS[name]))
    assert size(CARDS[name]) <= MAX_CARD_BYTES


def test_no_snapshot_without_a_card() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CARDS)


def builders() -> Iterator[tuple[str, CodeType]]:
    """Every public function of cards/ whose result is a card."""
    for module in pkgutil.iter_modules(cards.__path__, "cards."):
        for name, made in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            own = made.__module__ == module.name and not name.startswith("_")
            if own and made.__annotations__.get("return") == "Card" and name not in PARTS:
                yield f"{module.name}.{name}", made.__code__


def test_every_builder_of_a_card_has_a_sample() -> None:
    ran: set[CodeType] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        ran.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        samples()
    finally:
        sys.setprofile(before)
    assert len(list(builders())) > 20
    assert [name for name, code in builders() if code not in ran] == []

"""Every kind of card as it was agreed on. `UPDATE_SNAPSHOTS=1 pytest tests/cards` rewrites the files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from card_samples import every_card

from cards.size import LIMIT, size

FOLDER = Path(__file__).parent / "snapshots"
CARDS = every_card()


@pytest.mark.parametrize("name", CARDS)
def test_card_is_as_agreed(name, assert_valid):
    path = FOLDER / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        path.write_text(json.dumps(CARDS[name], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == CARDS[name]
    assert_valid(CARDS[name])
    assert size(CARDS[name]) <= LIMIT


def test_no_snapshot_without_a_card():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CARDS)

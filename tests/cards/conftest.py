"""The official schema as a fixture."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import jsonschema
import pytest

from cards.base import Card
from tests.support.paths import CARD_SCHEMA

# adaptive-card-1.5.0.json: schema of microsoft/AdaptiveCards (MIT), draft-06.


@cache
def _validator() -> jsonschema.Draft6Validator:
    schema = json.loads(CARD_SCHEMA.read_text(encoding="utf-8-sig"))
    return jsonschema.Draft6Validator(schema)


@pytest.fixture(scope="session")
def assert_valid() -> Callable[[Card], None]:
    """Fails unless a card is valid against Microsoft's schema."""

    def check(card: Card) -> None:
        errors = [error.message[:300] for error in _validator().iter_errors(card)]
        assert not errors, errors

    return check

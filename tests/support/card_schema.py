"""Microsoft's schema of Adaptive Cards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import orjson
from jsonschema_rs import Draft6Validator

from tests.support.paths import CARD_SCHEMA


@cache
def _validator() -> Draft6Validator:
    # adaptive-card-1.5.0.json: schema of microsoft/AdaptiveCards (MIT), draft-06.
    return Draft6Validator(json.loads(CARD_SCHEMA.read_text(encoding="utf-8-sig")))


def assert_valid(card: Mapping[str, object]) -> None:
    """Fail unless a card is valid, as the JSON that is sent."""
    errors = [error.message[:300] for error in _validator().iter_errors(orjson.loads(orjson.dumps(card)))]
    assert not errors, errors

"""The official schema of cards, as the tests of the other cards have it."""

from tests.cards.conftest import assert_valid

__all__ = ["assert_valid"]

"""Numbers as people write them, in the region of the turn's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from bot.language import current_language


def number(amount: float) -> str:
    """A float has one decimal: "7", "1,234", "1.5"; in German "1.234", "1,5"."""
    if isinstance(amount, int) and 0 <= amount < 1000:  # nearly all, and written alike everywhere
        return str(amount)
    return _number(amount, current_language().locale)


@lru_cache(maxsize=1024, typed=True)
def _number(amount: float, locale: Locale) -> str:
    return format_decimal(amount, format="#,##0" if isinstance(amount, int) else "#,##0.0", locale=locale)

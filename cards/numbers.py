"""Formats numbers in the language and region of the current reader."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from bot.language import current_language


def format_number(amount: float) -> str:
    """Format a number, a float with one decimal: "7", "1,234", "1.5"; in German "1.234", "1,5"."""
    if isinstance(amount, int) and 0 <= amount < 1000:  # the most frequent case, alike in all languages
        return str(amount)
    return _format(amount, current_language().locale)


@lru_cache(maxsize=1024, typed=True)
def _format(amount: float, locale: Locale) -> str:
    return format_decimal(amount, format="#,##0" if isinstance(amount, int) else "#,##0.0", locale=locale)

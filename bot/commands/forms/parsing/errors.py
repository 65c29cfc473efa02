"""What is wrong with a value that was typed or filled in."""

from __future__ import annotations


class BadValueError(Exception):
    """An input is no value of its field. The text explains it to the person."""


class LabelSpacesError(BadValueError):
    """A label has spaces. `suggested` is all that was typed, with hyphens in their place."""

    def __init__(self, text: str, suggested: str) -> None:
        super().__init__(text)
        self.suggested = suggested

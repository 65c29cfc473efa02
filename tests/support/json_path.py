"""Reading JSON whose shape the test knows and the type checker does not."""

from __future__ import annotations

from typing import Any


def at(document: Any, *path: str | int) -> Any:
    """Return what is at a path of a document; raise KeyError or IndexError where the path leads nowhere."""
    for step in path:
        document = document[step]
    return document

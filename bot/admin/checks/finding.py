"""What a check has found out about a setting, and what the admin does next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for one setting or service. Neither text holds a secret.

    A `note` is what cannot be known from here. `name` is empty for a problem that names its settings itself.
    """

    name: str
    ok: bool
    """False for an error alone."""
    level: Level
    message: str
    remedy: str = ""


def passed(name: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, ok=True, level="ok", message=message)


def noted(name: str, message: str, remedy: str = "") -> Finding:
    """Return a finding that something cannot be known from here."""
    return Finding(name, ok=True, level="note", message=message, remedy=remedy)


def warned(name: str, message: str, remedy: str) -> Finding:
    """Return a finding that something works, but not as it should or not for long."""
    return Finding(name, ok=True, level="warning", message=message, remedy=remedy)


def failed(name: str, message: str, remedy: str = "") -> Finding:
    """Return a finding that something does not work."""
    return Finding(name, ok=False, level="error", message=message, remedy=remedy)

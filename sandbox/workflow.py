"""The workflow of the sandbox's projects: To Do, In Progress, In Review, Done.

Two transitions lead to Done: "Done", from review, whose screen has a resolution with a default, and "Close", from
any status, whose screen requires a resolution without a default.
"""

from __future__ import annotations

from sandbox.model import NamedItem, ScreenField, Status, Transition

STATUSES: tuple[Status, ...] = (
    Status("10000", "To Do", "new"),
    Status("3", "In Progress", "indeterminate"),
    Status("10001", "In Review", "indeterminate"),
    Status("10002", "Done", "done"),
)

RESOLUTIONS: tuple[NamedItem, ...] = (
    NamedItem("10000", "Done"),
    NamedItem("10001", "Won't Do"),
    NamedItem("10002", "Duplicate"),
    NamedItem("10003", "Cannot Reproduce"),
)

_TODO, _PROGRESS, _REVIEW, _DONE = (s.id for s in STATUSES)

TRANSITIONS: tuple[Transition, ...] = (
    Transition("11", "Start progress", _PROGRESS, (_TODO,)),
    Transition("21", "Stop progress", _TODO, (_PROGRESS,)),
    Transition("31", "Request review", _REVIEW, (_PROGRESS,)),
    Transition("41", "Back to work", _PROGRESS, (_REVIEW,)),
    Transition("51", "Done", _DONE, (_REVIEW,), (ScreenField("resolution", required=True, default="10000"),)),
    Transition(
        "61",
        "Close",
        _DONE,
        (_TODO, _PROGRESS, _REVIEW),
        (ScreenField("resolution", required=True), ScreenField("fixVersions"), ScreenField("comment")),
    ),
    Transition("71", "Reopen", _TODO, (_DONE,)),
)


def initial() -> Status:
    """Return the status of a new issue."""
    return STATUSES[0]


def status(status_id: str) -> Status:
    """Return a status by its id. Raises `KeyError`."""
    status = next((s for s in STATUSES if s.id == status_id), None)
    if status is None:
        raise KeyError(status_id)
    return status


def open_from(status_id: str) -> tuple[Transition, ...]:
    """Return the transitions that start from a status."""
    return tuple(t for t in TRANSITIONS if status_id in t.sources or (not t.sources and t.target != status_id))

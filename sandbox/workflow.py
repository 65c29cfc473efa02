"""The workflow of the sandbox's projects: To Do, In Progress, In Review, Done.

Two roads lead to Done: "Done", out of review, whose screen has a resolution with a default, and "Close", from
anywhere, whose screen wants a resolution and has no default for it.
"""

from __future__ import annotations

from sandbox.model import Named, ScreenField, Status, Transition

STATUSES: tuple[Status, ...] = (
    Status("10000", "To Do", "new"),
    Status("3", "In Progress", "indeterminate"),
    Status("10001", "In Review", "indeterminate"),
    Status("10002", "Done", "done"),
)

RESOLUTIONS: tuple[Named, ...] = (
    Named("10000", "Done"),
    Named("10001", "Won't Do"),
    Named("10002", "Duplicate"),
    Named("10003", "Cannot Reproduce"),
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
    """The status of a new issue."""
    return STATUSES[0]


def status(status_id: str) -> Status:
    """A status by its id. Raises `KeyError`."""
    found = next((s for s in STATUSES if s.id == status_id), None)
    if found is None:
        raise KeyError(status_id)
    return found


def open_from(status_id: str) -> tuple[Transition, ...]:
    """The transitions that lead out of a status."""
    return tuple(t for t in TRANSITIONS if status_id in t.sources or (not t.sources and t.target != status_id))

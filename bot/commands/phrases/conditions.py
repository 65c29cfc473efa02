"""Conditions of JQL that lists in plain words are made of."""

from __future__ import annotations

OPEN, DONE = "statusCategory != Done", "statusCategory = Done"
MINE, REPORTED_BY_ME = "assignee = currentUser()", "reporter = currentUser()"
WATCHED, VIEWED = "watcher = currentUser()", "issue in issueHistory()"
IN_SPRINT = "sprint in openSprints()"
IN_BACKLOG = f"sprint IS EMPTY AND {OPEN}"
ANY_STATUS = ""
"""The condition of words such as “all”: done ones, too."""

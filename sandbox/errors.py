"""Jira's error responses."""

from __future__ import annotations

from collections.abc import Mapping


class JiraProblem(Exception):  # noqa: N818 - it is the answer that Jira gives, not a failure of the sandbox
    """A refusal in Jira's format: an HTTP status, general messages, and messages by field id."""

    def __init__(self, status: int, *messages: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {messages} {dict(fields or {})}")
        self.status = status
        self.messages = messages
        self.fields = dict(fields or {})

    @property
    def body(self) -> dict[str, object]:
        """The `ErrorCollection` of the REST API."""
        return {"errorMessages": list(self.messages), "errors": dict(self.fields)}


def no_issue() -> JiraProblem:
    """Return Jira's answer for an issue that is missing or may not be seen."""
    return JiraProblem(404, "Issue does not exist or you do not have permission to see it.")


def invalid_input() -> JiraProblem:
    """Return Jira's answer to a document that is not Atlassian Document Format."""
    return JiraProblem(400, "INVALID_INPUT")

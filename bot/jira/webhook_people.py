"""Whom a webhook delivery names beside its actor. Lenient as `bot.jira.webhook_fields`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.jira.parse import obj, user


@dataclass(frozen=True, slots=True)
class Named:
    """Account ids, empty where the delivery does not say. A comment's delivery names no reporter."""

    assignee: str = ""
    reporter: str = ""


def named_in(data: object) -> Named:
    """The issue's people, as a loaded delivery shows them."""
    fields = obj(obj(obj(data).get("issue")).get("fields"))
    assignee, reporter = user(fields.get("assignee")), user(fields.get("reporter"))
    return Named(assignee.account_id if assignee else "", reporter.account_id if reporter else "")

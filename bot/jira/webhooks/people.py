"""Whom a webhook delivery names beside its actor, and what an issue calls people. Lenient as `webhook_fields`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.http.json import as_object
from bot.jira.models import Issue
from bot.jira.parse import user
from bot.jira.webhooks.payload import adf_mentions


@dataclass(frozen=True, slots=True)
class Named:
    """Account ids, empty where the delivery does not say. A comment's delivery names no reporter."""

    assignee: str = ""
    reporter: str = ""


def named_in(data: object) -> Named:
    """The issue's people, as a loaded delivery shows them."""
    fields = as_object(as_object(as_object(data).get("issue")).get("fields"))
    assignee, reporter = user(fields.get("assignee")), user(fields.get("reporter"))
    return Named(assignee.account_id if assignee else "", reporter.account_id if reporter else "")


def names_in(issue: Issue) -> Mapping[str, str]:
    """The names of an issue's people and of those mentioned in its comments, by account id."""
    mentioned = [adf_mentions(c.body) for c in issue.comments]
    names = {account: name.removeprefix("@") for some in mentioned for account, name in some.items() if name}
    people = (issue.assignee, issue.reporter, *(c.author for c in issue.comments))
    return names | {one.account_id: one.name for one in people if one is not None and one.account_id}

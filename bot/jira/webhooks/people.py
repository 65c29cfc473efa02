"""Reads the people of an issue from a webhook delivery, and people's display names from an issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.http.json import as_object
from bot.jira.models import Issue
from bot.jira.parse import parse_user
from bot.jira.webhooks.payload import mentions_in_adf


@dataclass(frozen=True, slots=True)
class IssuePeople:
    """Account ids, empty where the delivery has none. A comment's delivery names no reporter."""

    assignee: str = ""
    reporter: str = ""


def parse_issue_people(data: object) -> IssuePeople:
    """Read the issue's people from a decoded delivery."""
    fields = as_object(as_object(as_object(data).get("issue")).get("fields"))
    assignee, reporter = parse_user(fields.get("assignee")), parse_user(fields.get("reporter"))
    return IssuePeople(assignee.account_id if assignee else "", reporter.account_id if reporter else "")


def display_names(issue: Issue) -> Mapping[str, str]:
    """Return the names of an issue's people and of those mentioned in its comments, by account id."""
    mentions = [mentions_in_adf(c.body) for c in issue.comments]
    names = {account: name.removeprefix("@") for each in mentions for account, name in each.items() if name}
    people = (issue.assignee, issue.reporter, *(c.author for c in issue.comments))
    return names | {user.account_id: user.name for user in people if user is not None and user.account_id}

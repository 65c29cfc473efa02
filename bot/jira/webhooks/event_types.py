"""Tables from Jira's names of webhook events and changed fields to `EventKind`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.jira.webhooks.model import EventKind

IGNORED_EVENTS = frozenset(
    {
        *(f"board_{what}" for what in ("created", "updated", "deleted", "configuration_changed")),
        *(f"sprint_{what}" for what in ("created", "updated", "deleted", "started", "closed")),
        *(f"project_{what}" for what in ("created", "updated", "deleted", "soft_deleted", "restored_deleted")),
        *("project_archived", "project_restored"),
        *(f"user_{what}" for what in ("created", "updated", "deleted")),
        *(f"jira:version_{what}" for what in ("created", "updated", "deleted", "moved", "released", "unreleased")),
        *(f"issue_property_{what}" for what in ("set", "deleted")),
        *(f"filter_{what}" for what in ("created", "updated", "deleted")),
        *(f"issuetype_{what}" for what in ("created", "updated", "deleted")),
        *(f"option_{what}_changed" for what in ("voting", "watching", "unassigned_issues", "subtasks")),
        *(f"option_{what}_changed" for what in ("attachments", "issuelinks", "timetracking")),
        "jira_expression_evaluation_failed",
    }
)
"""Events without an issue (nobody's permission to see them could be checked), and events nobody reads."""

BY_TYPE: Mapping[str, EventKind] = {
    "issue_assigned": EventKind.ASSIGNED,
    "issue_commented": EventKind.COMMENTED,
    "issue_comment_edited": EventKind.COMMENT_EDITED,
    "issue_comment_deleted": EventKind.COMMENT_DELETED,
    "issue_resolved": EventKind.RESOLVED,
    "issue_closed": EventKind.TRANSITIONED,
    "issue_reopened": EventKind.REOPENED,
    "issue_moved": EventKind.MOVED,
    "issue_work_logged": EventKind.WORKLOG,
    "issue_worklog_updated": EventKind.WORKLOG,
    "issue_worklog_deleted": EventKind.WORKLOG,
}
"""By `issue_event_type_name` of `jira:issue_updated`; the other types say no more than their changelog."""

BY_FIELD: Mapping[str, EventKind] = {
    "status": EventKind.TRANSITIONED,
    "assignee": EventKind.ASSIGNED,
    "attachment": EventKind.ATTACHMENT,
    "link": EventKind.LINK,
    "sprint": EventKind.SPRINT,
    "key": EventKind.MOVED,
    "timespent": EventKind.WORKLOG,
    "worklogid": EventKind.WORKLOG,
}
"""Kinds that a changed field adds to the update itself."""

QUIET_FIELDS = frozenset({"rank", "global rank", "workratio", "timeestimate", "worklogtimespent", "comment"})
"""Changed fields that alone are no update: the order on a board, sums, and what other events report."""

COMMENT_KINDS = frozenset({EventKind.COMMENTED, EventKind.COMMENT_EDITED, EventKind.COMMENT_DELETED})

"""Bodies of Jira's webhooks: REST v2 shapes, with wiki markup in place of documents."""

from __future__ import annotations

from sandbox.model import Change, Issue, Json, LinkType
from sandbox.render import View, attachment
from sandbox.render_issue import all_fields, comment, history_id, worklog
from sandbox.site import Site

COMMENT_FIELDS = ("summary", "issuetype", "project", "assignee", "priority", "status")
"""The only fields of the issue in a `comment_*` webhook."""

_HIDDEN = ("comment", "worklog")


def _issue(view: View, issue: Issue, only: tuple[str, ...] = ()) -> Json:
    fields = all_fields(view, issue)
    shown = {k: fields[k] for k in only} if only else {k: v for k, v in fields.items() if k not in _HIDDEN}
    return {"id": issue.id, "self": view.link(f"issue/{issue.id}"), "key": issue.key, "fields": shown}


def _changelog(change: Change, number: str) -> Json:
    return {
        "id": number,
        "items": [
            {
                "field": i.field,
                "fieldtype": "custom" if i.custom else "jira",
                "fieldId": i.field_id,
                "from": i.old,
                "fromString": i.old_text,
                "to": i.new,
                "toString": i.new_text,
            }
            for i in change.items
        ],
    }


def _kept_as(change: Change) -> str:
    """Return the id of the change in its issue's history, empty if it is not there."""
    history = change.issue.history if change.issue else []
    return history_id(len(history) - 1) if history and history[-1][2] == change.items else ""


def body(site: Site, change: Change, number: str) -> Json:
    """Build the body for a change. `number` is the changelog's id, unless the issue's history has one."""
    view = View(site, change.actor, site.url, version=2)
    row: Json = {"timestamp": int(change.at * 1000), "webhookEvent": change.event}
    if change.comment is not None and change.issue is not None:
        shown = comment(view, change.issue, change.comment)
        return {**row, "comment": shown, "issue": _issue(view, change.issue, COMMENT_FIELDS)}
    if change.worklog is not None and change.issue is not None:
        return {**row, "worklog": worklog(view, change.issue, change.worklog)}
    if change.attachment is not None:
        return {**row, "attachment": attachment(view, change.attachment)}
    if change.event.startswith("issuelink_"):
        return {**row, "issueLink": _link(change)}
    if change.event.startswith("sprint_"):
        return {**row, "sprint": dict(change.detail)}
    row |= {"issue_event_type_name": change.event_type, "user": view.user(change.actor)}
    if change.issue is not None:
        row["issue"] = _issue(view, change.issue)
    if change.event != "jira:issue_deleted":
        row["changelog"] = _changelog(change, _kept_as(change) or number)
    return row


def _link(change: Change) -> Json:
    kind = change.detail["type"]
    if not isinstance(kind, LinkType):
        raise TypeError(kind)
    return {
        "id": int(str(change.detail["id"])),
        "sourceIssueId": int(str(change.detail["inward"])),
        "destinationIssueId": int(str(change.detail["outward"])),
        "issueLinkType": {
            "id": int(kind.id),
            "name": kind.name,
            "outwardName": kind.outward,
            "inwardName": kind.inward,
            "isSubTaskLinkType": False,
            "isSystemLinkType": False,
        },
        "systemLink": False,
    }

"""Renders issues with their comments, worklogs and history as the JSON of the REST API."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox import adf
from sandbox.fields import Kind
from sandbox.model import Comment, Issue, Json, Worklog
from sandbox.render import View, attachment, brief, duration, status, value_of
from sandbox.render_meta import edit_meta, transitions

NEWEST_COMMENTS = 20
"""How many comments the `comment` field of an issue carries at most."""


def comment(view: View, issue: Issue, value: Comment) -> Json:
    """Render a comment. Every Jira Cloud site sends `jsdPublic`, service desk or not."""
    row: Json = {
        "self": view.link(f"issue/{issue.id}/comment/{value.id}"),
        "id": value.id,
        "author": view.user(value.author),
        "body": view.rich(value.body),
        "updateAuthor": view.user(value.author),
        "created": view.time(value.created),
        "updated": view.time(value.updated),
        "jsdPublic": not value.internal,
    }
    if value.visibility is not None:
        row["visibility"] = value.visibility
    return row


def worklog(view: View, issue: Issue, value: Worklog) -> Json:
    """Render a worklog entry."""
    row: Json = {
        "self": view.link(f"issue/{issue.id}/worklog/{value.id}"),
        "author": view.user(value.author),
        "updateAuthor": view.user(value.author),
        "created": view.time(value.created),
        "updated": view.time(value.created),
        "started": view.time(value.started),
        "timeSpent": duration(value.seconds),
        "timeSpentSeconds": value.seconds,
        "id": value.id,
        "issueId": issue.id,
    }
    if value.comment is not None:
        row["comment"] = view.rich(value.comment)
    return row


def visible_comments(view: View, issue: Issue) -> list[Comment]:
    """Return the comments that the viewer may read, oldest first."""
    return [c for c in issue.comments if view.site.sees_comment(issue, c, view.viewer)]


def _comment_page(view: View, issue: Issue) -> Json:
    rows = visible_comments(view, issue)
    shown = rows[-NEWEST_COMMENTS:]
    return {
        "comments": [comment(view, issue, c) for c in shown],
        "self": view.link(f"issue/{issue.id}/comment"),
        "maxResults": len(shown),
        "total": len(rows),
        "startAt": 0,
    }


def _links(view: View, issue: Issue) -> list[Json]:
    rows: list[Json] = []
    for link in view.site.links:
        if issue.id not in {link.inward, link.outward}:
            continue
        # In an issue's own list, the OTHER issue stands under the side that it is on.
        side, other = ("outwardIssue", link.outward) if issue.id == link.inward else ("inwardIssue", link.inward)
        linked = view.site.issue_by_id(other)
        kind = next(t for t in view.site.link_types if t.id == link.type_id)
        if linked is None or not view.site.is_visible(linked, view.viewer):
            continue
        shape = {"id": kind.id, "name": kind.name, "inward": kind.inward, "outward": kind.outward}
        rows.append(
            {
                "id": link.id,
                "self": view.link(f"issueLink/{link.id}"),
                "type": {**shape, "self": view.link(f"issueLinkType/{kind.id}")},
                side: brief(view, linked),
            }
        )
    return rows


def _time(issue: Issue) -> Json:
    spent = sum(w.seconds for w in issue.worklogs)
    row: Json = {}
    if issue.remaining is not None:
        row |= {"remainingEstimate": duration(issue.remaining), "remainingEstimateSeconds": issue.remaining}
    if spent:
        row |= {"timeSpent": duration(spent), "timeSpentSeconds": spent}
    return row


def computed(view: View, issue: Issue) -> Json:
    """Render the fields that are on no screen: what Jira computes itself."""
    site, viewer = view.site, view.viewer
    entries = [worklog(view, issue, w) for w in issue.worklogs]
    return {
        "status": status(view, site.status_of(issue)),
        "statuscategorychangedate": view.time(issue.updated),
        "creator": view.user(issue.creator),
        "created": view.time(issue.created),
        "updated": view.time(issue.updated),
        "resolutiondate": view.time(issue.resolved),
        "lastViewed": view.time(issue.viewed.get(viewer)),
        "watches": {
            "self": view.link(f"issue/{issue.key}/watchers"),
            "watchCount": len(issue.watchers),
            "isWatching": viewer in issue.watchers,
        },
        "votes": {
            "self": view.link(f"issue/{issue.key}/votes"),
            "votes": len(issue.voters),
            "hasVoted": viewer in issue.voters,
        },
        "comment": _comment_page(view, issue),
        "worklog": {"startAt": 0, "maxResults": 20, "total": len(entries), "worklogs": entries[:20]},
        "attachment": [attachment(view, a) for a in issue.attachments],
        "subtasks": [brief(view, c) for c in site.children(issue) if site.type_of(c).subtask],
        "issuelinks": _links(view, issue),
        "timetracking": _time(issue),
        "timespent": sum(w.seconds for w in issue.worklogs) or None,
        "timeestimate": issue.remaining,
        "workratio": -1,
    }


def all_fields(view: View, issue: Issue) -> Json:
    """Render all fields of an issue, by id."""
    shown = {d.id: value_of(view, issue, d) for d in view.site.fields.values() if d.kind is not Kind.COMMENT}
    if shown.get("parent") is None:
        shown.pop("parent", None)
    return {**shown, **computed(view, issue)}


NAVIGABLE_EXCEPT = ("comment", "worklog", "attachment")


def chosen(everything: Json, requested: Iterable[str], default: str) -> Json:
    """Select the fields of a `fields` parameter: ids, `*all`, `*navigable`, `-id`."""
    names = [n.strip() for name in requested for n in name.split(",") if n.strip()] or [default]
    if all(n.startswith("-") for n in names):
        names.insert(0, default)
    chosen_ids: set[str] = set()
    for name in names:
        if name == "*all":
            chosen_ids |= set(everything)
        elif name == "*navigable":
            chosen_ids |= set(everything) - set(NAVIGABLE_EXCEPT)
        elif name.startswith("-"):
            chosen_ids.discard(name[1:])
        else:
            chosen_ids.add(name)
    return {k: v for k, v in everything.items() if k in chosen_ids}


def issue_bean(
    view: View, issue: Issue, fields: Iterable[str], expand: Iterable[str], default: str = "*all"
) -> Json:
    """Render an issue with the requested fields and expansions."""
    expansions = {e.strip() for part in expand for e in part.split(",") if e.strip()}
    shown = chosen(all_fields(view, issue), fields, default)
    row: Json = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": issue.id,
        "self": view.link(f"issue/{issue.id}"),
        "key": issue.key,
    }
    if shown or default != "id":
        row["fields"] = shown
    if "names" in expansions:
        row["names"] = {k: view.site.fields[k].name if k in view.site.fields else k for k in shown}
    if "schema" in expansions:
        row["schema"] = {k: view.site.fields[k].schema for k in shown if k in view.site.fields}
    if "transitions" in expansions or "transitions.fields" in expansions:
        row["transitions"] = transitions(view, issue, with_fields="transitions.fields" in expansions)
    if "editmeta" in expansions:
        row["editmeta"] = edit_meta(view, issue)
    if "renderedFields" in expansions:
        kinds = view.site.fields
        row["renderedFields"] = {
            k: adf.html(v) if k in kinds and kinds[k].kind is Kind.RICH else None for k, v in shown.items()
        }
    if "changelog" in expansions:
        row["changelog"] = changelog(view, issue)
    return row


def history_id(number: int) -> str:
    """Return the id of an issue's n-th change, the same in its changelog and in its webhook."""
    return str(20_000 + number)


def changelog(view: View, issue: Issue) -> Json:
    """Render the history of an issue, newest first."""
    histories: list[Json] = [
        {
            "id": history_id(number),
            "author": view.user(author),
            "created": view.time(at),
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
                for i in items
            ],
        }
        for number, (at, author, items) in enumerate(issue.history)
    ]
    return {"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories[::-1]}

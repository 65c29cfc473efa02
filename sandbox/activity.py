"""Comments, worklogs, watchers, votes, links and attachments of issues."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sandbox import adf
from sandbox.errors import JiraProblem, invalid_input, no_issue
from sandbox.model import Attachment, Change, Comment, Issue, Json, Link, Worklog
from sandbox.site import Site

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([wdhm]?)\s*", re.ASCII)
_UNITS = {"w": 144_000, "d": 28_800, "h": 3600, "m": 60, "": 60}
MAX_COMMENTS = 5_000


def _body_of(value: object) -> Json:
    if not isinstance(value, dict):
        raise JiraProblem(400, fields={"comment": "Comment body is not valid!"})
    if not adf.is_document(value):
        raise invalid_input()
    if not adf.plain_text(value):
        raise JiraProblem(400, fields={"comment": "Comment body can not be empty!"})
    if len(adf.plain_text(value)) > 32_767:
        raise JiraProblem(
            400,
            fields={"comment": "The entered text is too long. It exceeds the allowed limit of 32,767 characters."},
        )
    return value


def _visibility(site: Site, issue: Issue, actor: str, value: object) -> Json | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("type") not in {"role", "group"}:
        raise JiraProblem(400, fields={"commentLevel": "Invalid visibility."})
    name = str(value.get("value") or value.get("identifier") or "")
    known = site.groups if value["type"] == "group" else site.project_of(issue).roles
    if name not in known:
        raise JiraProblem(400, fields={"commentLevel": f"Role with name '{name}' does not exist."})
    if actor not in known[name]:
        message = f"You are currently not a member of the project role: {name}."
        raise JiraProblem(400, fields={"commentLevel": message})
    return {"type": value["type"], "value": name, "identifier": str(value.get("identifier") or name)}


def _is_internal(properties: object) -> bool:
    rows = properties if isinstance(properties, list) else []
    for row in rows:
        if isinstance(row, dict) and row.get("key") == "sd.public.comment":
            value = row.get("value")
            return isinstance(value, dict) and value.get("internal") is True
    return False


def add_comment(site: Site, actor: str, issue: Issue, body: object) -> Comment:
    """Add a comment, from a REST body `{"body": ADF, "visibility"?, "properties"?}`."""
    problem = JiraProblem(403, "You do not have permission to comment on this issue.")
    site.demand(issue, actor, "ADD_COMMENTS", problem)
    if len(issue.comments) >= MAX_COMMENTS:
        raise JiraProblem(413, "The issue has reached its limit of comments.")
    row: Mapping[str, object] = body if isinstance(body, dict) else {}
    given = row.get("properties")
    now = site.clock()
    comment = Comment(
        site.new_id(),
        actor,
        _body_of(row.get("body")),
        now,
        now,
        _visibility(site, issue, actor, row.get("visibility")),
        _is_internal(given),
        [dict(p) for p in given if isinstance(p, dict)] if isinstance(given, list) else [],
    )
    issue.comments.append(comment)
    issue.updated = now
    site.tell(Change("comment_created", actor, now, issue, comment=comment))
    return comment


def edit_comment(site: Site, actor: str, issue: Issue, comment: Comment, body: object) -> None:
    """Replace the text of a comment; only its author may."""
    if comment.author != actor:
        raise JiraProblem(400, "You do not have the permission to edit this comment.")
    row: Mapping[str, object] = body if isinstance(body, dict) else {}
    comment.body = _body_of(row.get("body"))
    comment.updated = issue.updated = site.clock()
    site.tell(Change("comment_updated", actor, comment.updated, issue, comment=comment))


def delete_comment(site: Site, actor: str, issue: Issue, comment: Comment) -> None:
    """Delete a comment; only its author may."""
    if comment.author != actor:
        raise JiraProblem(400, "You do not have permission to delete this comment.")
    issue.comments.remove(comment)
    issue.updated = site.clock()
    site.tell(Change("comment_deleted", actor, issue.updated, issue, comment=comment))


def parse_retry_after(text: str) -> int | None:
    """Parse a duration such as `1h 30m` into seconds, None if Jira would not accept it."""
    total, position = 0.0, 0
    if not text.strip():
        return None
    while position < len(text):
        match = _DURATION.match(text, position)
        if match is None or match.end() == position:
            return None
        total += float(match[1]) * _UNITS[match[2]]
        position = match.end()
    return round(total)


def _started(value: object, now: float) -> float:
    if value is None:
        return now
    # Jira's own format alone: a numeric offset without a colon, never "Z".
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}", value):
        raise invalid_input()
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    except ValueError:
        raise invalid_input() from None


def _spent(body: Mapping[str, object]) -> int:
    words, number = body.get("timeSpent"), body.get("timeSpentSeconds")
    if words is not None and number is not None:
        raise JiraProblem(400, "Only one of 'timeSpent' and 'timeSpentSeconds' can be specified.")
    seconds = parse_retry_after(words) if isinstance(words, str) else number
    if seconds is None or isinstance(seconds, bool) or not isinstance(seconds, int):
        if words is None and number is None:
            raise JiraProblem(400, fields={"timeLogged": "You must indicate the time spent working."})
        raise JiraProblem(400, fields={"timeLogged": "Invalid time duration entered."})
    if seconds < 60:
        raise JiraProblem(400, fields={"timeLogged": "Time Spent can't be zero."})
    return seconds


def _remaining(issue: Issue, spent: int, query: Mapping[str, str]) -> int | None:
    mode = query.get("adjustEstimate", "auto")
    if mode == "leave":
        return issue.remaining
    if mode == "new":
        new = parse_retry_after(query.get("newEstimate", ""))
        if new is None:
            raise JiraProblem(400, fields={"newEstimate": "You must supply a valid new estimate."})
        return new
    if mode == "manual":
        less = parse_retry_after(query.get("reduceBy", ""))
        if less is None:
            raise JiraProblem(
                400,
                fields={"adjustmentAmount": "You must supply a valid amount of time to adjust the estimate by."},
            )
        return max(0, (issue.remaining or 0) - less)
    if mode != "auto":
        raise JiraProblem(400, "Unknown value for 'adjustEstimate'.")
    return None if issue.remaining is None else max(0, issue.remaining - spent)


def log_work(
    site: Site, actor: str, issue: Issue, body: Mapping[str, object], query: Mapping[str, str]
) -> Worklog:
    """Log work, from a REST body and its query."""
    problem = JiraProblem(403, "You do not have the permission to associate a worklog to this issue.")
    site.demand(issue, actor, "WORK_ON_ISSUES", problem)
    spent, now = _spent(body), site.clock()
    started = _started(body.get("started"), now)
    note = body.get("comment")
    if note is not None and not adf.is_document(note):
        raise (
            invalid_input()
            if isinstance(note, dict)
            else JiraProblem(400, fields={"comment": "Comment body is not valid!"})
        )
    remaining = _remaining(issue, spent, query)
    entry = Worklog(site.new_id(), actor, spent, started, now, note if isinstance(note, dict) else None)
    issue.worklogs.append(entry)
    issue.remaining, issue.updated = remaining, now
    site.tell(Change("worklog_created", actor, now, issue, worklog=entry))
    return entry


def watch(site: Site, actor: str, issue: Issue, account: str | None) -> None:
    """Add a watcher: `account`, or the person themselves."""
    who = account or actor
    _demand_watchers(site, actor, issue, who)
    if site.person(who) is None or not site.is_visible(issue, who):
        raise JiraProblem(400, f"The user '{who}' does not have permission to view this issue.")
    issue.watchers.add(who)


def unwatch(site: Site, actor: str, issue: Issue, account: str) -> None:
    """Remove a watcher."""
    _demand_watchers(site, actor, issue, account)
    issue.watchers.discard(account)


def _demand_watchers(site: Site, actor: str, issue: Issue, who: str) -> None:
    if who != actor:
        problem = JiraProblem(403, f"The user '{actor}' does not have permission to manage watchers.")
        site.demand(issue, actor, "MANAGE_WATCHERS", problem)


def vote(site: Site, actor: str, issue: Issue, *, up: bool) -> None:
    """Add or remove the person's vote. Jira answers 404 if voting is off or not allowed."""
    if not site.voting:
        raise JiraProblem(404, "Voting for issues is disabled.")
    if issue.text("reporter") == actor:
        raise JiraProblem(404, "You cannot vote for an issue you have reported.")
    if issue.values.get("resolution"):
        raise JiraProblem(404, "You cannot vote for an issue that has been resolved.")
    if up:
        issue.voters.add(actor)
    elif actor not in issue.voters:
        raise JiraProblem(404, "Cannot remove a vote for an issue that the user has not already voted for.")
    else:
        issue.voters.remove(actor)


def link(site: Site, actor: str, body: Mapping[str, object]) -> Link:
    """Link two issues, from a REST body."""
    kind_row, name = body.get("type"), ""
    if isinstance(kind_row, dict):
        name = str(kind_row.get("name") or kind_row.get("id") or "")
    kind = next((t for t in site.link_types if name.lower() in {t.name.lower(), t.id}), None)
    if kind is None:
        raise JiraProblem(404, f"No issue link type with name '{name}' found.")
    ends: list[Issue] = []
    for side in ("inwardIssue", "outwardIssue"):
        row = body.get(side)
        if not isinstance(row, dict):
            raise JiraProblem(400, fields={side: f"{side} is required."})
        ends.append(site.issue(str(row.get("key") or row.get("id") or ""), actor))
    if not site.allows(site.project_of(ends[0]), actor, "LINK_ISSUES"):
        raise JiraProblem(404, "No Link Issue Permission for issue '" + ends[0].key + "'")
    if ends[0].id == ends[1].id:
        raise JiraProblem(400, "You cannot link an issue to itself.")
    new = Link(site.new_id(), kind.id, ends[0].id, ends[1].id)
    site.links.append(new)
    now = site.clock()
    detail: Json = {"id": new.id, "inward": new.inward, "outward": new.outward, "type": kind}
    site.tell(Change("issuelink_created", actor, now, None, detail=detail))
    return new


def unlink(site: Site, actor: str, link_id: str) -> None:
    """Delete a link, which whoever may link one of its issues may do."""
    link = next((each for each in site.links if each.id == link_id), None)
    first = site.issue_by_id(link.inward) if link else None
    if link is None or first is None or not site.is_visible(first, actor):
        raise JiraProblem(404, f"No issue link with id '{link_id}' exists.")
    if not site.allows(site.project_of(first), actor, "LINK_ISSUES"):
        raise JiraProblem(404, "No Link Issue Permission for issue '" + first.key + "'")
    site.links.remove(link)
    kind = next(t for t in site.link_types if t.id == link.type_id)
    detail: Json = {"id": link.id, "inward": link.inward, "outward": link.outward, "type": kind}
    site.tell(Change("issuelink_deleted", actor, site.clock(), None, detail=detail))


def attach(site: Site, actor: str, issue: Issue, *, name: str, mime_type: str, content: bytes) -> Attachment:
    """Attach a file to an issue."""
    problem = JiraProblem(403, "You do not have permission to create attachments for this issue.")
    site.demand(issue, actor, "CREATE_ATTACHMENTS", problem)
    now = site.clock()
    file = Attachment(site.new_id(), name, actor, mime_type, content, now)
    issue.attachments.append(file)
    issue.updated = now
    site.tell(Change("attachment_created", actor, now, None, attachment=file))
    return file


def comment_of(site: Site, actor: str, issue: Issue, comment_id: str) -> Comment:
    """Return a comment that the person may read. Raises `JiraProblem` 404."""
    comment = next((c for c in issue.comments if c.id == comment_id), None)
    if comment is None or not site.sees_comment(issue, comment, actor):
        raise (
            no_issue()
            if comment is None
            else JiraProblem(404, f"Can not find a comment for the id: {comment_id}.")
        )
    return comment

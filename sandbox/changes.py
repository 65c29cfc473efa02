"""Creating, editing, moving and deleting issues, by Jira's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sandbox import adf, workflow
from sandbox.activity import add_comment
from sandbox.errors import JiraProblem
from sandbox.fields import PRIORITIES, FieldDef, Kind
from sandbox.model import Change, ChangeItem, Issue, Project, ScreenField
from sandbox.site import Site
from sandbox.values import changed, parse
from sandbox.wiki import wiki_text

_MISSING = {
    "summary": "You must specify a summary of the issue.",
    "issuetype": "Specify an issue type",
    "resolution": "Resolution is required.",
}
_NAMES_FOR_LOG = {"fixVersions": "Fix Version", "versions": "Version", "components": "Component"}


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise JiraProblem(400, f"'{name}' must be an object")
    return value


def off_screen(field_id: str) -> str:
    """Return Jira's message about a field that is not on the screen."""
    return f"Field '{field_id}' cannot be set. It is not on the appropriate screen, or unknown."


def text_of(site: Site, project: Project, definition: FieldDef, value: object) -> str | None:
    """Return a stored value as text for changelogs and boards."""
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return ", ".join(filter(None, (_one_text(site, project, definition, v) for v in value)))
    return _one_text(site, project, definition, value)


def _one_text(site: Site, project: Project, definition: FieldDef, value: object) -> str | None:
    text = str(value)
    rows: Mapping[Kind, Iterable[tuple[str, str]]] = {
        Kind.PRIORITY: ((p.id, p.name) for p in PRIORITIES),
        Kind.RESOLUTION: ((r.id, r.name) for r in workflow.RESOLUTIONS),
        Kind.TYPE: ((t.id, t.name) for t in project.types),
        Kind.VERSIONS: ((v.id, v.name) for v in project.versions),
        Kind.COMPONENTS: ((c.id, c.name) for c in project.components),
        Kind.SECURITY: ((s.id, s.name) for s in project.security_levels),
        Kind.SPRINT: ((str(s.id), s.name) for s in site.sprints),
        Kind.USER: ((p.account_id, p.name) for p in site.people),
        Kind.OPTION: ((o.id, o.value) for o in definition.options),
        Kind.OPTIONS: ((o.id, o.value) for o in definition.options),
    }
    if definition.kind is Kind.RICH:
        return wiki_text(value)
    return dict(rows.get(definition.kind, ())).get(text, text)


def _item(site: Site, project: Project, definition: FieldDef, old: object, new: object) -> ChangeItem:
    plain = definition.kind in {Kind.TEXT, Kind.RICH, Kind.LABELS, Kind.NUMBER}

    def raw(value: object) -> str | None:
        if value is None or value == [] or plain:
            return None
        return ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)

    name = definition.name if definition.custom else _NAMES_FOR_LOG.get(definition.id, definition.id)
    return ChangeItem(
        name,
        definition.id,
        raw(old),
        text_of(site, project, definition, old),
        raw(new),
        text_of(site, project, definition, new),
        bool(definition.custom),
    )


def _values(
    site: Site,
    project: Project,
    screen: Iterable[ScreenField],
    body: Mapping[str, object],
    now: Mapping[str, object],
) -> dict[str, object]:
    """Parse the values of the body's `fields` and `update`. Raises `JiraProblem` with all fields' problems."""
    shown = {entry.field_id for entry in screen}
    fields, update = _mapping(body.get("fields"), "fields"), _mapping(body.get("update"), "update")
    problems: dict[str, str] = {}
    result: dict[str, object] = {}
    for field_id in (*fields, *update):
        if field_id in fields and field_id in update:
            problems[field_id] = f"Field '{field_id}' cannot be set in both 'fields' and 'update'"
        elif field_id == "comment" and field_id in fields:
            problems[field_id] = "Field does not support update 'comment'"
        elif field_id not in (*shown, "comment") or field_id not in site.fields:
            problems[field_id] = off_screen(field_id)
    for field_id in (f for f in (*fields, *update) if f not in problems):
        definition = site.fields[field_id]
        if definition.kind in {Kind.COMMENT, Kind.PROJECT}:
            continue
        try:
            if field_id in fields:
                result[field_id] = parse(site, project, definition, fields[field_id])
            else:
                result[field_id] = _updated(site, project, definition, now.get(field_id), update[field_id])
        except JiraProblem as problem:
            if problem.messages:
                raise
            problems |= problem.fields
    if problems:
        raise JiraProblem(400, fields=problems)
    return result


def _updated(site: Site, project: Project, definition: FieldDef, value: object, operations: object) -> object:
    if not isinstance(operations, list):
        raise JiraProblem(400, fields={definition.id: "Operations must be an array"})
    for operation in operations:
        value = changed(site, project, definition, value, operation)
    return value


def _comments_in(body: Mapping[str, object]) -> list[object]:
    """Return the comments that an `update` adds, validated before anything is written."""
    operations = _mapping(body.get("update"), "update").get("comment")
    rows = operations if isinstance(operations, list) else []
    added = [row["add"] for row in rows if isinstance(row, dict) and "add" in row]
    if not all(isinstance(row, dict) and adf.is_document(row.get("body")) for row in added):
        message = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        raise JiraProblem(400, fields={"comment": message})
    return added


def _demand_required(site: Site, screen: Iterable[ScreenField], values: Mapping[str, object]) -> None:
    problems = {
        entry.field_id: _MISSING.get(entry.field_id, f"{site.fields[entry.field_id].name} is required.")
        for entry in screen
        if entry.required and values.get(entry.field_id) in (None, "", [])
    }
    if problems:
        raise JiraProblem(400, fields=problems)


def _target(site: Site, actor: str, body: Mapping[str, object]) -> tuple[Project, tuple[ScreenField, ...]]:
    """Return the project and the create screen of a create request."""
    fields = _mapping(body.get("fields"), "fields")
    named = _mapping(fields.get("project"), "project")
    project = site.project(str(named.get("key") or named.get("id") or ""), actor)
    if project is None:
        raise JiraProblem(400, fields={"project": "Specify a valid project ID or key"})
    if not site.allows(project, actor, "CREATE_ISSUES"):
        message = "You do not have permission to create issues in this project."
        raise JiraProblem(400, fields={"project": message})
    if "issuetype" not in fields:
        raise JiraProblem(400, fields={"issuetype": _MISSING["issuetype"]})
    type_id = parse(site, project, site.fields["issuetype"], fields["issuetype"])
    return project, project.screens[str(type_id)]


def create(site: Site, actor: str, body: Mapping[str, object]) -> Issue:
    """Create an issue from a REST body. Raises `JiraProblem` 400 by field."""
    project, screen = _target(site, actor, body)
    defaults = {e.field_id: e.default for e in screen if e.default is not None}
    values = {**defaults, **_values(site, project, screen, body, {})}
    values["reporter"] = values.get("reporter") or actor
    values.setdefault("labels", [])
    chosen = next(t for t in project.types if t.id == values["issuetype"])
    if chosen.subtask and not values.get("parent"):
        raise JiraProblem(
            400, fields={"parent": "Issue type is a sub-task but parent issue key or id not specified."}
        )
    _demand_required(site, (e for e in screen if e.field_id != "project"), values)
    values["status"] = workflow.initial().id
    comments = _comments_in(body)
    now = site.clock()
    issue = Issue(site.new_id(), f"{project.key}-{project.next_number}", project.key, now, now, actor, values)
    project.next_number += 1
    issue.watchers.add(actor)
    site.issues[issue.key] = issue
    site.tell(Change("jira:issue_created", actor, now, issue, event_type="issue_created"))
    for comment in comments:
        add_comment(site, actor, issue, comment)
    return issue


def _store(site: Site, actor: str, issue: Issue, new: Mapping[str, object], event_type: str = "") -> None:
    """Write values, add them to the history, and notify listeners; does nothing if nothing changes."""
    project = site.project_of(issue)
    before = {k: issue.values.get(k) for k in new}
    items: list[ChangeItem] = []
    for field_id, value in new.items():
        if (before[field_id] or None) == (value or None):
            continue
        if field_id == "status":
            old, now_in = site.status_of(issue), workflow.status(str(value))
            items.append(ChangeItem("status", "status", old.id, old.name, now_in.id, now_in.name))
        else:
            items.append(_item(site, project, site.fields[field_id], before[field_id], value))
        issue.values[field_id] = value
    if not items:
        return
    now = site.clock()
    issue.updated = now
    issue.history.append((now, actor, tuple(items)))
    only_assignee = [i.field_id for i in items] == ["assignee"]
    kind = event_type or ("issue_assigned" if only_assignee else "issue_updated")
    site.tell(Change("jira:issue_updated", actor, now, issue, tuple(items), kind))


def edit(site: Site, actor: str, issue: Issue, body: Mapping[str, object]) -> None:
    """Edit an issue from a REST body. Ignores a transition in it, as Jira does."""
    project, screen = site.project_of(issue), site.screen(issue)
    named = (*_mapping(body.get("fields"), "fields"), *_mapping(body.get("update"), "update"))
    if not site.allows(project, actor, "EDIT_ISSUES"):
        raise JiraProblem(400, fields={f: off_screen(f) for f in named} or {"summary": off_screen("summary")})
    if not named:
        raise JiraProblem(400, "One of 'fields' or 'update' required")
    # An issue's project is never changed by an edit, and it has no resolution screen of its own.
    shown = [e for e in screen if e.field_id != "project"]
    new = _values(site, project, (*shown, ScreenField("comment")), body, issue.values)
    _demand_required(site, (e for e in shown if e.field_id in new), new)
    comments = _comments_in(body)
    _store(site, actor, issue, new)
    for comment in comments:
        add_comment(site, actor, issue, comment)


def move(site: Site, actor: str, issue: Issue, body: Mapping[str, object]) -> None:
    """Do a transition from a REST body."""
    transition_id = _mapping(body.get("transition"), "transition").get("id")
    if not isinstance(transition_id, str | int) or isinstance(transition_id, bool):
        raise JiraProblem(400, "Missing 'transition' identifier")
    if not str(transition_id).isdecimal():
        raise JiraProblem(400, f"'transition' identifier must be an integer, received a string: '{transition_id}'")
    may = site.allows(site.project_of(issue), actor, "TRANSITION_ISSUES")
    steps = workflow.open_from(issue.text("status")) if may else ()
    step = next((t for t in steps if t.id == str(transition_id)), None)
    if step is None:
        raise JiraProblem(400, f"Transition id '{transition_id}' is not valid for this issue.")
    values = _values(site, site.project_of(issue), step.screen, body, issue.values)
    defaults = {e.field_id: e.default for e in step.screen if e.default is not None}
    values = {**defaults, **values}
    _demand_required(site, step.screen, values)
    done = workflow.status(step.target).category == "done"
    if not done:
        values["resolution"] = None
    # Jira drops a transition's comment in silence when the screen has no comment field.
    comments = _comments_in(body) if any(e.field_id == "comment" for e in step.screen) else []
    issue.resolved = site.clock() if done else None
    _store(site, actor, issue, {**values, "status": step.target}, "issue_generic")
    for comment in comments:
        add_comment(site, actor, issue, comment)


def move_to_project(site: Site, actor: str, issue: Issue, project_key: str) -> None:
    """Move an issue to another project, as Jira's page for that does.

    It gets the next key there, and its former key leads to it. A type and a security level that the project does
    not have are lost, and so are versions and components.
    """
    before, after = site.project_of(issue), site.projects[project_key]
    old_key, new_key = issue.key, f"{after.key}-{after.next_number}"
    after.next_number += 1
    if issue.text("issuetype") not in after.screens:
        issue.values["issuetype"] = next(t.id for t in after.types if not t.subtask)
    if issue.text("security") not in {level.id for level in after.security_levels}:
        issue.values["security"] = None
    issue.values |= {"fixVersions": [], "versions": [], "components": []}
    issue.key, issue.project = new_key, after.key
    site.issues[new_key] = site.issues.pop(old_key)
    site.moved_keys = {k: new_key if v == old_key else v for k, v in site.moved_keys.items()} | {old_key: new_key}
    items = (
        ChangeItem("project", "project", before.id, before.name, after.id, after.name),
        ChangeItem("Key", "key", None, old_key, None, new_key),
    )
    now = issue.updated = site.clock()
    issue.history.append((now, actor, items))
    site.tell(Change("jira:issue_updated", actor, now, issue, items, "issue_moved"))


def assign(site: Site, actor: str, issue: Issue, account: object) -> None:
    """Assign an issue: an account id, `"-1"` for the project's default, None for nobody."""
    problem = JiraProblem(403, "You do not have permission to assign issues.")
    site.demand(issue, actor, "ASSIGN_ISSUES", problem)
    project = site.project_of(issue)
    value = parse(site, project, site.fields["assignee"], {"accountId": account})
    _store(site, actor, issue, {"assignee": value})


def delete(site: Site, actor: str, issue: Issue) -> None:
    """Delete an issue."""
    site.demand(
        issue,
        actor,
        "DELETE_ISSUES",
        JiraProblem(403, "You do not have permission to delete issues in this project."),
    )
    del site.issues[issue.key]
    site.links = [link for link in site.links if issue.id not in {link.inward, link.outward}]
    site.tell(Change("jira:issue_deleted", actor, site.clock(), issue, event_type="issue_deleted"))

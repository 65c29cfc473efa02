"""Renders the metadata of create, edit and transition screens."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox import workflow
from sandbox.fields import PRIORITIES, FieldDef, Kind
from sandbox.model import Issue, Json, NamedItem, Project, ScreenField, Transition
from sandbox.render import View, issue_type, named, option, status, value_of
from sandbox.render import project as project_json
from sandbox.workflow import RESOLUTIONS


def _allowed(view: View, definition: FieldDef, owner: Project) -> list[Json] | None:
    rows: Mapping[Kind, tuple[str, tuple[NamedItem, ...]]] = {
        Kind.PRIORITY: ("priority", PRIORITIES),
        Kind.RESOLUTION: ("resolution", RESOLUTIONS),
        Kind.VERSIONS: ("version", owner.versions),
        Kind.COMPONENTS: ("component", owner.components),
    }
    if definition.kind in rows:
        kind, values = rows[definition.kind]
        return [named(view, kind, v) for v in values]
    if definition.kind is Kind.TYPE:
        return [issue_type(view, t) for t in owner.types]
    if definition.kind is Kind.SECURITY:
        levels = [s for s in owner.security_levels if view.viewer in s.members]
        return [{"self": view.link(f"securitylevel/{s.id}"), "id": s.id, "name": s.name} for s in levels]
    if definition.kind is Kind.PROJECT:
        return [project_json(view, owner)]
    if definition.options:
        return [_choices(view, definition, o.id) for o in definition.options]
    return None


def _choices(view: View, definition: FieldDef, option_id: str) -> Json:
    row = option(view, definition, option_id) or {}
    choice = definition.option(option_id)
    if choice and choice.disabled:
        row["disabled"] = True
    if choice and choice.children:
        children = [option(view, definition, f"{option_id}>{c.id}") or {} for c in choice.children]
        row["children"] = [c["child"] for c in children]
    return row


def field_meta(view: View, entry: ScreenField, owner: Project) -> Json:
    """Render a field of a screen, as in create, edit and transition metadata."""
    definition = view.site.fields[entry.field_id]
    row: Json = {
        "required": entry.required,
        "schema": definition.schema,
        "name": definition.name,
        "key": definition.id,
        "hasDefaultValue": entry.default is not None,
        "operations": [] if entry.fixed else definition.operations,
    }
    allowed = _allowed(view, definition, owner)
    if allowed is not None:
        row["allowedValues"] = allowed
    if entry.default:
        fresh = Issue("0", "", owner.key, 0.0, 0.0, "", {definition.id: entry.default})
        row["defaultValue"] = value_of(view, fresh, definition)
    if definition.kind is Kind.USER:
        row["autoCompleteUrl"] = f"{view.root}/rest/api/3/user/search?query="
    if definition.kind is Kind.LABELS:
        row["autoCompleteUrl"] = f"{view.root}/rest/api/1.0/labels/suggest?query="
    return row


def transition(view: View, issue: Issue, step: Transition, *, with_fields: bool) -> Json:
    """Render a transition; `with_fields` as with `expand=transitions.fields`."""
    row: Json = {
        "id": step.id,
        "name": step.name,
        "to": status(view, workflow.status(step.target)),
        "hasScreen": bool(step.screen),
        "isGlobal": not step.sources,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "isLooped": False,
    }
    if with_fields:
        owner = view.site.project_of(issue)
        row["fields"] = {entry.field_id: field_meta(view, entry, owner) for entry in step.screen}
    return row


def transitions(view: View, issue: Issue, *, with_fields: bool) -> list[Json]:
    """Render the transitions that the viewer may do now; none without the permission."""
    if not view.site.allows(view.site.project_of(issue), view.viewer, "TRANSITION_ISSUES"):
        return []
    steps = workflow.open_from(issue.text("status"))
    return [transition(view, issue, step, with_fields=with_fields) for step in steps]


def edit_meta(view: View, issue: Issue) -> Json:
    """Render the fields that the viewer may edit."""
    site, owner = view.site, view.site.project_of(issue)
    if not site.allows(owner, view.viewer, "EDIT_ISSUES"):
        return {"fields": {}}
    entries = [e for e in site.screen(issue) if e.field_id != "project"]
    return {"fields": {e.field_id: field_meta(view, e, owner) for e in (*entries, ScreenField("comment"))}}

"""The searchable fields and the functions of JQL on a site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox import adf, workflow
from sandbox.fields import PRIORITIES, FieldDef, Kind
from sandbox.jql_dates import moment
from sandbox.jql_fields import (
    EQUALITY,
    ORDERED,
    JqlField,
    Key,
    Pairs,
    Scope,
    Sort,
    as_written,
    by_name,
    choice_field,
    first_of,
    issue_field,
    missing,
    number_field,
    stored,
    text_field,
    user_field,
)
from sandbox.jql_tree import Call, JqlError, Value
from sandbox.model import Issue, NamedItem, Project
from sandbox.site import Site

_CATEGORIES = {
    "new": "new",
    "to do": "new",
    "2": "new",
    "indeterminate": "indeterminate",
    "in progress": "indeterminate",
    "4": "indeterminate",
    "done": "done",
    "complete": "done",
    "3": "done",
}
_CATEGORY_ORDER = ("new", "indeterminate", "done")


def _due(scope: Scope, issue: Issue) -> float | None:
    text = issue.text("duedate")
    return moment(Value(text), "due", scope.now, scope.time_zone) if text else None


def _comments(scope: Scope, issue: Issue) -> list[str]:
    seen = (c for c in issue.comments if scope.site.sees_comment(issue, c, scope.account_id))
    return [adf.plain_text(c.body) for c in seen]


def _everything(scope: Scope, issue: Issue) -> str:
    rich = (adf.plain_text(v) for v in issue.values.values() if isinstance(v, dict))
    return "\n".join([issue.text("summary"), *rich, *_comments(scope, issue)])


def _rich(field_id: str) -> Callable[[Scope, Issue], str]:
    return lambda _scope, issue: adf.plain_text(issue.values.get(field_id))


def _plain(field_id: str) -> Callable[[Scope, Issue], str]:
    return lambda _scope, issue: issue.text(field_id)


def _priority_rank(_scope: Scope, priority_id: str) -> Key:
    ids = [p.id for p in reversed(PRIORITIES)]
    return ids.index(priority_id) if priority_id in ids else None


def _category(_scope: Scope, text: str) -> set[str]:
    if text.lower() not in _CATEGORIES:
        raise missing(text, "statusCategory")
    return {_CATEGORIES[text.lower()]}


def _resolution(scope: Scope, text: str) -> set[str]:
    # "Unresolved" is a name for EMPTY.
    if text.lower() == "unresolved":
        return {""}
    return by_name("resolution", _known(workflow.RESOLUTIONS))(scope, text)


def _known(rows: Iterable[NamedItem]) -> Pairs:
    pairs = tuple((r.id, r.name) for r in rows)
    return lambda _scope: pairs


def _everywhere(rows: Callable[[Project], Iterable[tuple[str, str]]]) -> Pairs:
    """Collect what is defined in the projects that the person may see."""

    def pairs(scope: Scope) -> Iterator[tuple[str, str]]:
        for project in scope.site.visible_projects(scope.account_id):
            yield from rows(project)

    return pairs


_PROJECTS = _everywhere(lambda p: ((p.key, p.key), (p.key, p.name), (p.key, p.id)))
_TYPES = _everywhere(lambda p: ((t.id, t.name) for t in p.types))
_VERSIONS = _everywhere(lambda p: ((v.id, v.name) for v in p.versions))
_COMPONENTS = _everywhere(lambda p: ((c.id, c.name) for c in p.components))
_LEVELS = _everywhere(lambda p: ((s.id, s.name) for s in p.security_levels))


def _choices() -> Iterator[JqlField]:
    yield issue_field("key", lambda _s, i: [i.id])
    yield issue_field("parent", stored("parent"))
    yield choice_field("issuetype", "issuetype", _TYPES)
    yield choice_field("status", "status", lambda _s: ((s.id, s.name) for s in workflow.STATUSES))
    yield choice_field("component", "components", _COMPONENTS)
    yield choice_field("fixVersion", "fixVersions", _VERSIONS)
    yield choice_field("affectedVersion", "versions", _VERSIONS)
    yield choice_field("level", "security", _LEVELS)
    yield user_field("assignee", stored("assignee"))
    yield user_field("reporter", stored("reporter"))
    yield user_field("creator", lambda _s, i: [i.creator])
    yield user_field("watcher", lambda _s, i: sorted(i.watchers))
    yield user_field("voter", lambda _s, i: sorted(i.voters))
    labels = stored("labels")
    yield JqlField("labels", Sort.ID, EQUALITY, labels, as_written, first_of(labels))
    project = by_name("project", _PROJECTS)
    yield JqlField("project", Sort.ID, EQUALITY, lambda _s, i: [i.project], project, lambda _s, i: i.project)
    yield JqlField(
        "statusCategory",
        Sort.ID,
        EQUALITY,
        lambda s, i: [s.site.status_of(i).category],
        _category,
        lambda s, i: _CATEGORY_ORDER.index(s.site.status_of(i).category),
    )
    yield JqlField(
        "priority",
        Sort.ID,
        ORDERED,
        stored("priority"),
        by_name("priority", _known(PRIORITIES)),
        lambda s, i: _priority_rank(s, i.text("priority")),
        rank=_priority_rank,
    )
    resolution = stored("resolution")
    yield JqlField("resolution", Sort.ID, EQUALITY, resolution, _resolution, first_of(resolution))


def _texts() -> Iterator[JqlField]:
    yield text_field("summary", _plain("summary"))
    yield text_field("description", _rich("description"))
    yield text_field("environment", _rich("environment"))
    yield text_field("text", _everything, ("~",))
    yield JqlField("comment", Sort.TEXT, ("~", "!~"), _comments, as_written, lambda _s, _i: None)


def _numbers() -> Iterator[JqlField]:
    yield number_field("created", lambda _s, i: i.created, Sort.DATE)
    yield number_field("updated", lambda _s, i: i.updated, Sort.DATE)
    yield number_field("resolved", lambda _s, i: i.resolved, Sort.DATE)
    yield number_field("lastViewed", lambda s, i: i.viewed.get(s.account_id), Sort.DATE)
    yield number_field("due", _due, Sort.DATE)
    yield number_field("votes", lambda _s, i: len(i.voters))
    yield number_field("watchers", lambda _s, i: len(i.watchers))
    yield number_field("timespent", lambda _s, i: sum(w.seconds for w in i.worklogs) or None)


_SYSTEM = {row.name.lower(): row for row in (*_choices(), *_texts(), *_numbers())}
_OTHER_NAMES = {
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "epic link": "parent",
    "type": "issuetype",
    "components": "component",
    "fixversions": "fixversion",
    "versions": "affectedversion",
    "security": "level",
    "createddate": "created",
    "updateddate": "updated",
    "resolutiondate": "resolved",
    "duedate": "due",
}


def _as_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _custom(definition: FieldDef) -> JqlField | None:
    get, name = stored(definition.id), definition.name
    field: JqlField | None = None
    match definition.kind:
        case Kind.NUMBER:
            field = number_field(name, lambda _s, i: _as_number(i.values.get(definition.id)))
        case Kind.SPRINT:
            named = by_name(name, lambda s: ((str(p.id), p.name) for p in s.site.sprints))
            functions = ("opensprints", "closedsprints", "futuresprints")
            field = JqlField(name, Sort.ID, EQUALITY, get, named, first_of(get), functions)
        case Kind.OPTION | Kind.OPTIONS | Kind.CASCADE:
            field = choice_field(name, definition.id, lambda _s: ((o.id, o.value) for o in definition.options))
        case Kind.TEAM:
            field = choice_field(name, definition.id, lambda s: ((t.id, t.name) for t in s.site.teams))
        case Kind.GROUP | Kind.GROUPS:
            field = choice_field(name, definition.id, lambda s: ((g, g) for g in s.site.groups))
        case Kind.LABELS:
            field = JqlField(name, Sort.ID, EQUALITY, get, as_written, first_of(get))
        case Kind.USER:
            field = user_field(name, get)
        case Kind.TEXT:
            field = text_field(name, _plain(definition.id))
        case Kind.RICH:
            field = text_field(name, _rich(definition.id))
    return field


def lookup(site: Site, name: str) -> JqlField:
    """Return the field that a query names. Raises `JqlError`."""
    lowered = name.lower()
    field = _SYSTEM.get(_OTHER_NAMES.get(lowered, lowered))
    if field is None:
        definition = site.field_named(name)
        field = _custom(definition) if definition and definition.custom else None
    if field is None:
        raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
    return field


def searchable(site: Site) -> Mapping[str, JqlField]:
    """Return all fields by their name in queries, for auto-completion."""
    custom = (_custom(d) for d in site.fields.values() if d.custom)
    return {row.name: row for row in (*_SYSTEM.values(), *custom) if row is not None}


def _linked(scope: Scope, arguments: tuple[str, ...]) -> set[str]:
    start = _SYSTEM["key"].resolve(scope, arguments[0] if arguments else "")
    ends = ({link.inward, link.outward} for link in scope.site.links)
    return {i for pair in ends if pair & start for i in pair - start}


def _sprints(state: str) -> Callable[[Scope, tuple[str, ...]], set[str]]:
    return lambda scope, _arguments: {str(s.id) for s in scope.site.sprints if s.state == state}


def _issues(test: Callable[[Issue, str], bool]) -> Callable[[Scope, tuple[str, ...]], set[str]]:
    return lambda scope, _arguments: {i.id for i in scope.site.issues.values() if test(i, scope.account_id)}


FUNCTIONS: Mapping[str, Callable[[Scope, tuple[str, ...]], set[str]]] = {
    "currentuser": lambda scope, _arguments: {scope.account_id},
    "membersof": lambda scope, arguments: set(scope.site.groups.get(arguments[0] if arguments else "", ())),
    "linkedissues": _linked,
    "issuehistory": _issues(lambda issue, who: who in issue.viewed),
    "watchedissues": _issues(lambda issue, who: who in issue.watchers),
    "votedissues": _issues(lambda issue, who: who in issue.voters),
    "opensprints": _sprints("active"),
    "closedsprints": _sprints("closed"),
    "futuresprints": _sprints("future"),
}


def called(scope: Scope, field: JqlField, call: Call) -> set[str]:
    """Return the ids that a function returns. Raises `JqlError`."""
    name = call.name.lower()
    if name not in FUNCTIONS:
        raise JqlError(f"Unable to find JQL function '{call.name}({', '.join(call.arguments)})'.")
    if name not in field.functions:
        raise JqlError(f"A value provided by the function '{call.name}' is invalid for the field '{field.name}'.")
    return FUNCTIONS[name](scope, call.arguments)

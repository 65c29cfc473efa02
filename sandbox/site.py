"""A Jira site: its data, who may see and do what in it, and who is told when something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox import workflow
from sandbox.errors import JiraProblem, no_issue
from sandbox.fields import SYSTEM, FieldDef, custom_fields
from sandbox.model import (
    Change,
    Comment,
    Filter,
    Issue,
    IssueType,
    Link,
    LinkType,
    Named,
    Project,
    ScreenField,
    Sprint,
    Status,
)
from sandbox.people import Person

PROJECT_PERMISSIONS: tuple[str, ...] = (
    "ADD_COMMENTS",
    "ADMINISTER_PROJECTS",
    "ASSIGNABLE_USER",
    "ASSIGN_ISSUES",
    "BROWSE_PROJECTS",
    "CREATE_ATTACHMENTS",
    "CREATE_ISSUES",
    "DELETE_ISSUES",
    "EDIT_ISSUES",
    "LINK_ISSUES",
    "MANAGE_WATCHERS",
    "MODIFY_REPORTER",
    "RESOLVE_ISSUES",
    "SCHEDULE_ISSUES",
    "SET_ISSUE_SECURITY",
    "TRANSITION_ISSUES",
    "VIEW_VOTERS_AND_WATCHERS",
    "WORK_ON_ISSUES",
)
GLOBAL_PERMISSIONS: tuple[str, ...] = ("ADMINISTER", "BULK_CHANGE", "USER_PICKER")


@dataclass(slots=True)
class Site:
    """One Jira Cloud site. `url` is what people's browsers and `self` links in webhooks use."""

    cloud_id: str
    name: str
    url: str
    people: tuple[Person, ...]
    clock: Callable[[], float]
    custom_base: int = 10016
    projects: dict[str, Project] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    moved_keys: dict[str, str] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    sprints: list[Sprint] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    admins: frozenset[str] = frozenset()
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    teams: tuple[Named, ...] = ()
    voting: bool = True
    link_types: tuple[LinkType, ...] = (
        LinkType("10000", "Blocks", "is blocked by", "blocks"),
        LinkType("10001", "Cloners", "is cloned by", "clones"),
        LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
        LinkType("10003", "Relates", "relates to", "relates to"),
    )
    listeners: list[Callable[[Change], None]] = field(default_factory=list)
    fields: dict[str, FieldDef] = field(init=False)
    last_id: int = 10000

    def __post_init__(self) -> None:
        self.fields = {f.id: f for f in (*SYSTEM, *custom_fields(self.custom_base))}

    def new_id(self) -> str:
        """The next id; ids are never used twice on a site."""
        self.last_id += 1
        return str(self.last_id)

    def tell(self, change: Change) -> None:
        """Tell every listener, at once."""
        for listener in self.listeners:
            listener(change)

    def person(self, account_id: str) -> Person | None:
        """A user of this site."""
        return next((p for p in self.people if p.account_id == account_id), None)

    def name_of(self, account_id: str) -> str:
        """A user's display name."""
        person = self.person(account_id)
        return person.name if person else "Former user"

    def field_named(self, name: str) -> FieldDef | None:
        """A field by its id, name or JQL name, in whatever case."""
        wanted = name.lower()
        return next(
            (
                f
                for f in self.fields.values()
                if wanted in {f.id.lower(), f.name.lower(), *(n.lower() for n in f.jql_names)}
            ),
            None,
        )

    def project_of(self, issue: Issue) -> Project:
        """The project that an issue is in."""
        return self.projects[issue.project]

    def project(self, key_or_id: str, account_id: str) -> Project | None:
        """A project by key or id, if this person may see it."""
        found = next((p for p in self.projects.values() if key_or_id.upper() == p.key or key_or_id == p.id), None)
        return found if found and self.allows(found, account_id, "BROWSE_PROJECTS") else None

    def visible_projects(self, account_id: str) -> list[Project]:
        """The projects that this person may browse, by key."""
        return sorted(
            (p for p in self.projects.values() if self.allows(p, account_id, "BROWSE_PROJECTS")),
            key=lambda p: p.key,
        )

    def allows(self, project: Project, account_id: str, permission: str) -> bool:
        """Whether a person has a project permission."""
        if self.person(account_id) is None:
            return False
        holders = project.permissions.get(permission)
        return holders is None or account_id in holders

    def is_visible(self, issue: Issue, account_id: str) -> bool:
        """Whether a person may see an issue: its project, and its security level."""
        project = self.project_of(issue)
        if not self.allows(project, account_id, "BROWSE_PROJECTS"):
            return False
        level = next((s for s in project.security_levels if s.id == issue.text("security")), None)
        return level is None or account_id in level.members

    def visible_issues(self, account_id: str) -> Iterable[Issue]:
        """Every issue that this person may see."""
        return (i for i in self.issues.values() if self.is_visible(i, account_id))

    def issue(self, key_or_id: str, account_id: str) -> Issue:
        """An issue by key, former key or id. Raises `JiraProblem` 404 when missing or invisible."""
        key = key_or_id.upper()
        found = self.issues.get(self.moved_keys.get(key, key)) or self.issue_by_id(key_or_id)
        if found is None or not self.is_visible(found, account_id):
            raise no_issue()
        return found

    def issue_by_id(self, issue_id: str) -> Issue | None:
        """An issue by its id, whoever may see it."""
        return next((i for i in self.issues.values() if i.id == issue_id), None)

    def demand(self, issue: Issue, account_id: str, permission: str, problem: JiraProblem) -> None:
        """Raise `problem` unless the person has the permission in the issue's project."""
        if not self.allows(self.project_of(issue), account_id, permission):
            raise problem

    def sees_comment(self, issue: Issue, comment: Comment, account_id: str) -> bool:
        """Whether a person may read a comment that is limited to a role or a group."""
        if comment.visibility is None:
            return True
        name = str(comment.visibility.get("value") or comment.visibility.get("identifier") or "")
        members = self.groups if comment.visibility.get("type") == "group" else self.project_of(issue).roles
        return account_id in members.get(name, frozenset())

    def type_of(self, issue: Issue) -> IssueType:
        """An issue's type."""
        wanted = issue.text("issuetype")
        return next(t for t in self.project_of(issue).types if t.id == wanted)

    def status_of(self, issue: Issue) -> Status:
        """An issue's status."""
        return workflow.status(issue.text("status"))

    def screen(self, issue: Issue) -> tuple[ScreenField, ...]:
        """The fields that the edit screen shows."""
        return self.project_of(issue).screens[issue.text("issuetype")]

    def children(self, issue: Issue) -> list[Issue]:
        """The issues whose parent this one is."""
        return [i for i in self.issues.values() if i.text("parent") == issue.id]

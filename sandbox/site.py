"""A Jira site: its data, permissions, and listeners to changes."""

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
    NamedItem,
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
    """A Jira Cloud site. `url` is its address in browsers and in `self` links of webhooks."""

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
    teams: tuple[NamedItem, ...] = ()
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
        """Return the next id; ids are never reused on a site."""
        self.last_id += 1
        return str(self.last_id)

    def tell(self, change: Change) -> None:
        """Notify all listeners."""
        for listener in self.listeners:
            listener(change)

    def person(self, account_id: str) -> Person | None:
        """Return a user of this site."""
        return next((p for p in self.people if p.account_id == account_id), None)

    def name_of(self, account_id: str) -> str:
        """Return a user's display name."""
        person = self.person(account_id)
        return person.name if person else "Former user"

    def field_named(self, name: str) -> FieldDef | None:
        """Return a field by its id, name or JQL name, in any case."""
        lowered = name.lower()
        return next(
            (
                f
                for f in self.fields.values()
                if lowered in {f.id.lower(), f.name.lower(), *(n.lower() for n in f.jql_names)}
            ),
            None,
        )

    def project_of(self, issue: Issue) -> Project:
        """Return the project of an issue."""
        return self.projects[issue.project]

    def project(self, key_or_id: str, account_id: str) -> Project | None:
        """Return a project by key or id, if this person may see it."""
        project = next(
            (p for p in self.projects.values() if key_or_id.upper() == p.key or key_or_id == p.id), None
        )
        return project if project and self.allows(project, account_id, "BROWSE_PROJECTS") else None

    def visible_projects(self, account_id: str) -> list[Project]:
        """Return the projects that this person may browse, by key."""
        return sorted(
            (p for p in self.projects.values() if self.allows(p, account_id, "BROWSE_PROJECTS")),
            key=lambda p: p.key,
        )

    def allows(self, project: Project, account_id: str, permission: str) -> bool:
        """Tell whether a person has a project permission."""
        if self.person(account_id) is None:
            return False
        holders = project.permissions.get(permission)
        return holders is None or account_id in holders

    def is_visible(self, issue: Issue, account_id: str) -> bool:
        """Tell whether a person may see an issue: its project and its security level."""
        project = self.project_of(issue)
        if not self.allows(project, account_id, "BROWSE_PROJECTS"):
            return False
        level = next((s for s in project.security_levels if s.id == issue.text("security")), None)
        return level is None or account_id in level.members

    def visible_issues(self, account_id: str) -> Iterable[Issue]:
        """Return all issues that this person may see."""
        return (i for i in self.issues.values() if self.is_visible(i, account_id))

    def issue(self, key_or_id: str, account_id: str) -> Issue:
        """Return an issue by key, former key or id. Raises `JiraProblem` 404 if it is missing or invisible."""
        key = key_or_id.upper()
        issue = self.issues.get(self.moved_keys.get(key, key)) or self.issue_by_id(key_or_id)
        if issue is None or not self.is_visible(issue, account_id):
            raise no_issue()
        return issue

    def issue_by_id(self, issue_id: str) -> Issue | None:
        """Return an issue by its id, without checking permissions."""
        return next((i for i in self.issues.values() if i.id == issue_id), None)

    def demand(self, issue: Issue, account_id: str, permission: str, problem: JiraProblem) -> None:
        """Raise `problem` unless the person has the permission in the issue's project."""
        if not self.allows(self.project_of(issue), account_id, permission):
            raise problem

    def sees_comment(self, issue: Issue, comment: Comment, account_id: str) -> bool:
        """Tell whether a person may read a comment that is restricted to a role or a group."""
        if comment.visibility is None:
            return True
        name = str(comment.visibility.get("value") or comment.visibility.get("identifier") or "")
        members = self.groups if comment.visibility.get("type") == "group" else self.project_of(issue).roles
        return account_id in members.get(name, frozenset())

    def type_of(self, issue: Issue) -> IssueType:
        """Return an issue's type."""
        type_id = issue.text("issuetype")
        return next(t for t in self.project_of(issue).types if t.id == type_id)

    def status_of(self, issue: Issue) -> Status:
        """Return an issue's status."""
        return workflow.status(issue.text("status"))

    def screen(self, issue: Issue) -> tuple[ScreenField, ...]:
        """Return the fields of the edit screen."""
        return self.project_of(issue).screens[issue.text("issuetype")]

    def children(self, issue: Issue) -> list[Issue]:
        """Return the issues whose parent is this one."""
        return [i for i in self.issues.values() if i.text("parent") == issue.id]

"""The initial data of the sandbox: two sites, four projects, a few issues."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.activity import add_comment, link, watch
from sandbox.adf import document
from sandbox.changes import create, move
from sandbox.fields import Kind
from sandbox.model import Filter, Issue, IssueType, NamedItem, Project, ScreenField, SecurityLevel, Sprint
from sandbox.people import PEOPLE, Person
from sandbox.site import Site

ALICE, BOB, CAROL, DAN, EVE, FAY = PEOPLE
CLOUD_ID = "c10d0000-0000-4000-8000-000000000001"
SECOND_CLOUD_ID = "c10d0000-0000-4000-8000-000000000002"

EPIC = IssueType("10000", "Epic", 1)
STORY = IssueType("10001", "Story")
TASK = IssueType("10002", "Task")
BUG = IssueType("10003", "Bug")
SUBTASK = IssueType("10004", "Subtask", -1)
INCIDENT = IssueType("10005", "Incident")

_COMMON = (
    ScreenField("project", required=True),
    ScreenField("issuetype", required=True),
    ScreenField("summary", required=True),
    ScreenField("description"),
    ScreenField("priority", default="3"),
    ScreenField("assignee"),
    ScreenField("reporter", required=True, default=""),
    ScreenField("labels"),
    ScreenField("duedate"),
    ScreenField("components"),
    ScreenField("fixVersions"),
    ScreenField("versions"),
    ScreenField("parent"),
    ScreenField("environment"),
)


def _accounts(*people: Person) -> frozenset[str]:
    return frozenset(p.account_id for p in people)


def _screens(site: Site, types: tuple[IssueType, ...]) -> dict[str, tuple[ScreenField, ...]]:
    screens = {}
    for kind in types:
        required = {"Severity"} if kind is INCIDENT else set()
        custom = tuple(ScreenField(f.id, required=f.name in required) for f in site.fields.values() if f.custom)
        entries = (*_COMMON, ScreenField("security"), *custom)
        if kind.subtask:
            entries = tuple(ScreenField("parent", required=True) if e.field_id == "parent" else e for e in entries)
        screens[kind.id] = entries
    return screens


def _project(site: Site, number: int, key: str, name: str, types: tuple[IssueType, ...]) -> Project:
    project = Project(
        id=str(10_000 + number),
        key=key,
        name=name,
        lead=ALICE.account_id,
        types=types,
        screens=_screens(site, types),
        roles={"Administrators": _accounts(ALICE), "Developers": _accounts(ALICE, BOB)},
        versions=(NamedItem(f"1{number}01", "1.0"), NamedItem(f"1{number}02", "2.0")),
        components=(NamedItem(f"2{number}01", "Backend"), NamedItem(f"2{number}02", "Frontend")),
    )
    site.projects[key] = project
    return project


def _projects(site: Site) -> None:
    software = (EPIC, STORY, TASK, BUG, SUBTASK)
    demo = _project(site, 0, "DEMO", "Demo", software)
    demo.security_levels = (SecurityLevel("10100", "Core team", _accounts(ALICE, BOB)),)
    demo.permissions["TRANSITION_ISSUES"] = _accounts(ALICE, BOB, CAROL, DAN)
    demo.permissions["EDIT_ISSUES"] = _accounts(ALICE, BOB, CAROL, DAN)
    demo.permissions["ASSIGN_ISSUES"] = _accounts(ALICE, BOB, CAROL, DAN)
    demo.permissions["DELETE_ISSUES"] = _accounts(ALICE)
    demo.permissions["ADMINISTER_PROJECTS"] = _accounts(ALICE)
    demo.permissions["ASSIGNABLE_USER"] = _accounts(ALICE, BOB, CAROL, DAN, EVE)
    ops = _project(site, 1, "OPS", "Operations", (INCIDENT, TASK, SUBTASK))
    ops.kind = "service_desk"
    people = _project(site, 2, "HR", "People", (TASK,))
    people.permissions["BROWSE_PROJECTS"] = _accounts(ALICE, DAN)


def _add(site: Site, actor: Person, project: str, kind: IssueType, summary: str, **fields: object) -> Issue:
    values = {"project": {"key": project}, "issuetype": {"id": kind.id}, "summary": summary, **fields}
    return create(site, actor.account_id, {"fields": values})


def _severity(site: Site) -> dict[str, object]:
    field = next(f for f in site.fields.values() if f.kind is Kind.OPTION)
    return {field.id: {"value": "Major"}}


def _issues(site: Site) -> None:
    sprint = next(f.id for f in site.fields.values() if f.kind is Kind.SPRINT)
    epic = _add(site, ALICE, "DEMO", EPIC, "Sign-in that people trust")
    bug = _add(
        site,
        ALICE,
        "DEMO",
        BUG,
        "Login fails after password reset",
        description=document("A new password is refused until the cache expires.\nSeen with three customers."),
        assignee={"accountId": ALICE.account_id},
        priority={"name": "High"},
        labels=["login", "customer"],
        parent={"id": epic.id},
        **{sprint: 1},
    )
    story = _add(
        site,
        BOB,
        "DEMO",
        STORY,
        "Export the report as PDF",
        description=document("As an accountant I want the monthly report as a PDF."),
        assignee={"accountId": BOB.account_id},
        labels=["report"],
    )
    _add(
        site,
        CAROL,
        "DEMO",
        TASK,
        "Update the dependencies",
        duedate="2030-01-31",
        components=[{"name": "Backend"}],
    )
    _add(site, BOB, "DEMO", SUBTASK, "Write the PDF template", parent={"id": story.id})
    _add(
        site, ALICE, "DEMO", BUG, "Tokens end up in the debug log", security={"id": "10100"}, priority={"id": "1"}
    )
    add_comment(site, BOB.account_id, bug, {"body": document("I can reproduce it on staging.")})
    watch(site, CAROL.account_id, bug, None)
    move(site, BOB.account_id, story, {"transition": {"id": "11"}})
    link(
        site,
        ALICE.account_id,
        {"type": {"name": "Blocks"}, "inwardIssue": {"key": bug.key}, "outwardIssue": {"key": story.key}},
    )
    _add(site, DAN, "OPS", INCIDENT, "Mail queue is stuck", priority={"id": "1"}, **_severity(site))
    _add(site, ALICE, "HR", TASK, "Prepare the interviews")


def first_site(url: str, clock: Callable[[], float]) -> Site:
    """Create the demo's site."""
    site = Site(CLOUD_ID, "demo", url, PEOPLE, clock)
    site.admins = _accounts(ALICE)
    site.groups = {"jira-developers": _accounts(ALICE, BOB), "jira-users": _accounts(*PEOPLE)}
    site.sprints = [
        Sprint(1, "DEMO Sprint 1", "active"),
        Sprint(2, "DEMO Sprint 2", "future"),
        Sprint(3, "DEMO Sprint 0", "closed"),
    ]
    _projects(site)
    _issues(site)
    site.filters = [
        Filter(
            "10000",
            "Open bugs",
            "project = DEMO AND type = Bug AND resolution = Unresolved",
            ALICE.account_id,
            True,
            _accounts(ALICE, BOB),
        ),
        Filter("10001", "Alice's own", "assignee = currentUser() ORDER BY updated DESC", ALICE.account_id),
    ]
    return site


def second_site(url: str, clock: Callable[[], float]) -> Site:
    """Create a smaller site, whose custom fields have other numbers; Carol has no account there."""
    site = Site(
        SECOND_CLOUD_ID, "partner", url, tuple(p for p in PEOPLE if p is not CAROL), clock, custom_base=10_112
    )
    site.admins = _accounts(ALICE)
    _project(site, 0, "PART", "Partner work", (TASK, BUG))
    _add(site, ALICE, "PART", TASK, "Agree on the interface")
    return site


def data_center_site(url: str, clock: Callable[[], float]) -> Site:
    """Create the site of a Data Center."""
    site = Site("office", "Office Jira", url, PEOPLE, clock)
    site.admins = _accounts(ALICE)
    project = _project(site, 0, "OFF", "Office", (TASK, BUG))
    project.permissions["BROWSE_PROJECTS"] = _accounts(ALICE, BOB, DAN)
    _add(site, ALICE, "OFF", TASK, "Order a new printer")
    return site

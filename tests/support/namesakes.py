"""Jira sites with several things of one name, and with screens that lack a field."""

from __future__ import annotations

from sandbox import changes
from sandbox.fields import FieldDef, Kind, Option
from sandbox.model import Filter, NamedItem, ScreenField, Sprint
from sandbox.people import by_email
from sandbox.site import Site

PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes"


def add_namesakes(site: Site) -> None:
    """Add fields, components, sprints and filters that share names, and a field called like another's alias."""
    rows = (
        ("Owner", Kind.TEXT, "textfield", ()),
        ("Team", Kind.TEXT, "textfield", ()),
        ("Team", Kind.OPTION, "select", (Option("10501", "Red"), Option("10502", "Red"), Option("10503", "Blue"))),
        ("Stage", Kind.TEXT, "textfield", ()),
        ("Stage", Kind.TEXT, "textfield", ()),
        ("Due", Kind.TEXT, "textfield", ()),
    )
    fields = [
        FieldDef(f"customfield_{10_901 + i}", name, kind, f"{PLATFORM}:{custom}", options, (f"cf[{10_901 + i}]",))
        for i, (name, kind, custom, options) in enumerate(rows)
    ]
    site.fields.update({field.id: field for field in fields})
    demo = site.projects["DEMO"]
    added = tuple(ScreenField(field.id) for field in fields)
    demo.screens = {kind: (*added, *screen) for kind, screen in demo.screens.items()}
    demo.components = (*demo.components, NamedItem("2091", "API"), NamedItem("2092", "API"))
    _add_sprints(site)
    people = [by_email(email) for email in ("bob@example.com", "c@example.com")]
    alice = by_email("alice@example.com")
    assert alice
    site.filters += [
        Filter(
            str(10_010 + i), "Roadmap", f"project = {key}", person.account_id, True, frozenset({alice.account_id})
        )
        for i, (person, key) in enumerate(zip(people, ("DEMO", "OPS"), strict=True))
        if person
    ]


def _add_sprints(site: Site) -> None:
    field = next(each.id for each in site.fields.values() if each.kind is Kind.SPRINT)
    site.sprints += [Sprint(11, "Alpha", "active", 3), Sprint(12, "Alpha", "future", 4)]
    for key, number in (("DEMO-3", 11), ("DEMO-4", 12)):
        issue = site.issues[key]
        changes.edit(site, site.projects["DEMO"].lead, issue, {"fields": {field: number}})


def add_sprints(site: Site, *keys: str) -> None:
    """Add three sprints of one name, the last one closed, each with one of the issues."""
    field = next(each.id for each in site.fields.values() if each.kind is Kind.SPRINT)
    added = [Sprint(21, "Beta", "future", 5), Sprint(22, "Beta", "future", 6), Sprint(23, "Beta", "closed")]
    site.sprints += added
    for sprint, key in zip(added, keys, strict=True):
        site.issues[key].values[field] = [str(sprint.id)]


def drop_descriptions(site: Site) -> None:
    """Take the description from the screens of a project."""
    demo = site.projects["DEMO"]
    demo.screens = {
        kind: tuple(field for field in screen if field.field_id != "description")
        for kind, screen in demo.screens.items()
    }

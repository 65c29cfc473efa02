"""One form of every kind, drawn from fields as Jira describes them in life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.commands.forms.fields import FormContent, build_entries
from bot.commands.forms.state import Purpose
from bot.jira.fields.kinds import kind_of
from bot.jira.fields.screens import CurrentValue
from bot.jira.fields.values import decode
from bot.jira.models import Field, FieldOption
from cards.base import Card
from cards.forms import Button, FormEntry, FormView, Shape, form_card, opener_card, typeahead_card
from tests.support.samples.cards import ADELE, DESCRIPTION, LYNNE, MEGAN, SITE, ZONE, sign
from tests.support.samples.fields import FIELDS

PRIORITIES = tuple(FieldOption(str(n), name) for n, name in enumerate(("Highest", "High", "Medium", "Low"), 1))
RESOLUTIONS = tuple(FieldOption(str(n), name) for n, name in enumerate(("Done", "Won't Do", "Duplicate"), 10_000))
PEOPLE = tuple(FieldOption(user.account_id, user.name) for user in (MEGAN, ADELE, LYNNE))
SUMMARY = replace(FIELDS["summary"], required=True)
PRIORITY = replace(FIELDS["priority"], allowed=PRIORITIES)
CREATE = (
    SUMMARY,
    FIELDS["description"],
    replace(FIELDS["cf_radio"], name="Severity", required=True),
    PRIORITY,
    *(FIELDS[name] for name in ("assignee", "labels", "duedate", "cf_moment", "cf_number")),
    *(FIELDS[name] for name in ("cf_multi", "cf_cascade", "cf_checks", "attachment", "cf_asset")),
)
EDIT = (SUMMARY, *(FIELDS[name] for name in ("description", "assignee", "labels", "duedate", "parent")), PRIORITY)
MOVE = (
    Field("resolution", "Resolution", True, False, "resolution", system="resolution", allowed=RESOLUTIONS),
    replace(FIELDS["fixVersions"], allowed=(FieldOption("1", "4.1"), FieldOption("2", "4.2"))),
    FIELDS["comment"],
)
PRESENT: dict[str, object] = {
    "summary": "Login redirect loses the return URL after SSO",
    "description": DESCRIPTION,
    "assignee": {"accountId": MEGAN.account_id, "displayName": MEGAN.name},
    "labels": ["sso", "login"],
    "duedate": "2026-11-20",
    "parent": {"key": "PROJ-3", "fields": {"summary": "Single sign-on"}},
    "priority": {"id": "2", "name": "High"},
}
LABELS = tuple(FieldOption(label, label) for label in ("audit", "login", "security", "sso"))
OFFERS = {"assignee": PEOPLE, "labels": LABELS, "parent": (FieldOption("PROJ-3", "PROJ-3 Single sign-on"),)}


def form(
    title: str, submit: str, fields: Sequence[Field], purpose: Purpose, filling: FormContent, problem: str = ""
) -> Card:
    """Draw a form as the bridge does, with its two buttons."""
    made = build_entries(fields, purpose, filling, ZONE, lambda _field: "")
    buttons = [
        Button(submit, "form.submit", sign("form.submit", issue="PROJ-12", site=SITE.cloud_id, purpose=purpose)),
        Button("Cancel", "form.cancel", sign("form.cancel"), inputs=False),
    ]
    return form_card(FormView(title, made.entries, buttons, problem, made.left_out, SITE.browse("PROJ")))


def every_form() -> dict[str, Card]:
    """Name -> card."""
    present = {f.id: CurrentValue(*decode(kind_of(f), PRESENT[f.id])) for f in EDIT}
    typed = {"f_summary": "Login redirect loses the return URL", "f_duedate": "2026-11-20"}
    errors = {"cf_radio": "Severity is required.", "duedate": "Due date must be in the future."}
    everybody = [(f"Person {n} of a large company", f"712020:{n:08}") for n in range(25)]
    return {
        "form-create": form("New Bug in PROJ", "Create", CREATE, Purpose.CREATE, FormContent(offers=OFFERS)),
        "form-refused": form(
            "New Bug in PROJ",
            "Create",
            CREATE,
            Purpose.CREATE,
            FormContent(offers=OFFERS, typed=typed, errors=errors),
            "Jira did not create it.",
        ),
        "form-edit": form("Edit PROJ-12", "Save", EDIT, Purpose.EDIT, FormContent(present, OFFERS)),
        "form-move": form("Done: PROJ-12", "Done", MOVE, Purpose.MOVE, FormContent()),
        "form-project": form_card(
            FormView(
                "New issue",
                [
                    FormEntry(
                        "f_project",
                        "Project",
                        Shape.CHOICE,
                        "PROJ",
                        [("Project (PROJ)", "PROJ"), ("Operations (OPS)", "OPS")],
                        required=True,
                    ),
                    FormEntry("f_summary", "Summary", Shape.LINE, "Printer on fire", main=True),
                ],
                [
                    Button("Continue", "form.start", sign("form.start")),
                    Button("Cancel", "form.cancel", sign("form.cancel"), inputs=False),
                ],
            )
        ),
        "form-type": form_card(
            FormView(
                "New issue in PROJ",
                [
                    FormEntry(
                        "f_type",
                        "Type",
                        Shape.RADIO,
                        "10004",
                        [("Task", "10002"), ("Bug", "10004"), ("Story", "10001")],
                        required=True,
                    ),
                    FormEntry("f_summary", "Summary", Shape.LINE, "Printer on fire", main=True),
                ],
                [
                    Button("Create", "form.start", sign("form.start", project="PROJ")),
                    Button("More fields", "form.open", sign("form.open", project="PROJ")),
                    Button("Cancel", "form.cancel", sign("form.cancel"), inputs=False),
                ],
            )
        ),
        "form-typeahead": form_card(
            FormView(
                "Edit PROJ-12",
                [
                    FormEntry(
                        "f_assignee",
                        "Assignee",
                        Shape.CHOICE,
                        everybody[0][1],
                        everybody,
                        main=True,
                        dataset="field=assignee&sig=q3Zk0x0c2yQm1v8l4Yt7n6Jb9aWs5dEf3gHi1jKl0mN",
                        has_more=True,
                    )
                ],
                [Button("Save", "form.submit", sign("form.submit", issue="PROJ-12", site=SITE.cloud_id))],
            )
        ),
        "form-opener": opener_card(
            "New Bug in PROJ",
            ["Printer on fire", "Only you will see the form."],
            Button("Open form", "form.open", sign("form.open", project="PROJ", type="10004")),
        ),
        "form-choices": typeahead_card([("Megan Bowen", MEGAN.account_id), ("Adele Vance", ADELE.account_id)]),
    }

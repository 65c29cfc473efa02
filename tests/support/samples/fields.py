"""Fields as Jira's metadata describes them, one of each kind."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.jira.models import Field, FieldOption

PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes"
CMDB = "com.atlassian.jira.plugins.cmdb"
GREENHOPPER = "com.pyxis.greenhopper.jira"

BERLIN = ZoneInfo("Europe/Berlin")
TEAM = "36885b3c-1bf0-4f85-a357-c5b858c31de4"
ACCOUNT = "712020:5f000000-0000-4000-8000-0000000000a1"

SEVERITY = (FieldOption("1", "Minor"), FieldOption("2", "Major"), FieldOption("3", "Critical issue"))
REGIONS = (
    FieldOption("10", "Europe", (FieldOption("11", "Germany"), FieldOption("12", "France"))),
    FieldOption("20", "Asia", (FieldOption("21", "Japan"),)),
)


def field(
    field_id: str,
    name: str,
    type_: str,
    *,
    items: str = "",
    custom: str = "",
    allowed: tuple[FieldOption, ...] = (),
    required: bool = False,
) -> Field:
    """Make a field; `custom` is the end of a custom field type's key, or the whole of it."""
    key = custom if ":" in custom or not custom else f"{PLATFORM}:{custom}"
    system = "" if custom else field_id
    return Field(field_id, name, required, False, type_, items, key, system, allowed)


FIELDS: dict[str, Field] = {
    f.id: f
    for f in (
        field("summary", "Summary", "string", required=True),
        field("description", "Description", "string"),
        field("priority", "Priority", "priority", allowed=SEVERITY),
        field("assignee", "Assignee", "user"),
        field("labels", "Labels", "array", items="string"),
        field("duedate", "Due date", "date"),
        field("components", "Components", "array", items="component", allowed=SEVERITY),
        field("fixVersions", "Fix versions", "array", items="version", allowed=SEVERITY),
        field("parent", "Parent", "issuelink"),
        field("comment", "Comment", "comments-page"),
        field("attachment", "Attachment", "array", items="attachment"),
        field("cf_text", "Cost center", "string", custom="textfield"),
        field("cf_area", "Release notes", "string", custom="textarea"),
        field("cf_number", "Story points", "number", custom="float"),
        field("cf_moment", "Starts", "datetime", custom="datetime"),
        field("cf_select", "Severity", "option", custom="select", allowed=SEVERITY),
        field("cf_radio", "Urgent", "option", custom="radiobuttons", allowed=SEVERITY),
        field("cf_checks", "Services", "array", items="option", custom="multicheckboxes", allowed=SEVERITY),
        field("cf_multi", "Products", "array", items="option", custom="multiselect", allowed=SEVERITY),
        field("cf_cascade", "Region", "option-with-child", custom="cascadingselect", allowed=REGIONS),
        field("cf_user", "Customer", "user", custom="userpicker"),
        field("cf_users", "Reviewers", "array", items="user", custom="multiuserpicker"),
        field("cf_url", "Page", "string", custom="url"),
        field("cf_sprint", "Sprint", "array", items="json", custom=f"{GREENHOPPER}:gh-sprint"),
        field("cf_epic", "Epic Link", "any", custom=f"{GREENHOPPER}:gh-epic-link"),
        field("cf_tags", "Tags", "array", items="string", custom="labels"),
        field("cf_squad", "Squad", "team", custom="atlassian-team"),
        field("cf_group", "Owning group", "group", custom="grouppicker"),
        field("cf_groups", "Working groups", "array", items="group", custom="multigrouppicker"),
        field("cf_team", "Team", "any", custom="com.atlassian.teams:rm-teams-custom-field-team"),
        field("cf_asset", "Asset", "array", items="cmdb-object-field", custom=f"{CMDB}:cmdb-object-cftype"),
    )
}

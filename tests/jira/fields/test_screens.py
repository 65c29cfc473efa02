"""Reading create metadata: all pages, remembered for one person and one place, and no longer than it may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

import pytest
from cachetools import TTLCache

from bot.commands.forms.parsing.form_values import to_inputs
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.fields.choices import Choices
from bot.jira.fields.screens import (
    MAX_CACHED_ANSWERS,
    METADATA_TTL_SECONDS,
    MetadataCache,
    Screens,
    decode_defaults,
    new_metadata_cache,
)
from bot.jira.models import FieldOption, Site

SITE = Site("c1", "https://example.atlassian.net", "Example")


class Jira:
    """Answers paged reads from `rows`, and keeps what was asked."""

    def __init__(self, name: str, rows: list[Mapping[str, object]]) -> None:
        self.name, self.rows = name, rows
        self.asked: list[tuple[str, str]] = []

    async def get(self, path: str, **query: str) -> object:
        start, size = int(query["startAt"]), int(query["maxResults"])
        self.asked.append((path, query["startAt"]))
        return {"total": len(self.rows), self.name: self.rows[start : start + size]}

    async def send(self, method: str, path: str, body: object = None, **query: str) -> object:
        raise AssertionError("nothing is written here")

    def screens(self, cache: MetadataCache) -> Screens:
        return Screens(SITE, self.get, self.send, cache)


def fields(count: int) -> list[Mapping[str, object]]:
    return [{"fieldId": f"customfield_{n}", "name": str(n), "schema": {"type": "string"}} for n in range(count)]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (50, 1), (51, 2), (260, 6)])
@pytest.mark.parametrize("name", ["fields", "values"])
async def test_all_pages_are_read(count: int, calls: int, name: str) -> None:
    jira = Jira(name, fields(count))
    found = await jira.screens(new_metadata_cache()).create_fields("me", "DEMO", "10001")
    assert len(found) == count
    assert len(jira.asked) == calls


async def test_remembered_by_person_project_and_type_for_five_minutes() -> None:
    now = [0.0]
    cache: MetadataCache = TTLCache(10, METADATA_TTL_SECONDS, timer=lambda: now[0])
    jira = Jira("fields", fields(1))
    for viewer, project, type_id in [
        ("a", "DEMO", "1"),
        ("a", "DEMO", "1"),
        ("b", "DEMO", "1"),
        ("a", "OPS", "1"),
    ]:
        await jira.screens(cache).create_fields(viewer, project, type_id)
    assert len(jira.asked) == 3
    now[0] = METADATA_TTL_SECONDS + 1
    await jira.screens(cache).create_fields("a", "DEMO", "1")
    assert len(jira.asked) == 4
    jira.screens(cache).forget_create_fields("a", "DEMO", "1")
    await jira.screens(cache).create_fields("a", "DEMO", "1")
    assert len(jira.asked) == 5


async def test_memory_is_bounded() -> None:
    cache, jira = new_metadata_cache(), Jira("fields", [])
    for n in range(MAX_CACHED_ANSWERS + 5):
        await jira.screens(cache).create_fields(str(n), "DEMO", "1")
    asked = len(jira.asked)
    await jira.screens(cache).create_fields(str(MAX_CACHED_ANSWERS + 4), "DEMO", "1")
    assert len(jira.asked) == asked
    await jira.screens(cache).create_fields("0", "DEMO", "1")
    assert len(jira.asked) == asked + 1


BAD = ["../../myself", "DEMO/../x", "demo", "DEMO?x=1", "DEMO%2f", "DE MO", "ＤＥＭＯ", "DEMO\n", "", "A" * 11]


@pytest.mark.parametrize("project", BAD)
async def test_t33_project_key_never_leaves_its_segment(project: str) -> None:
    jira = Jira("fields", [])
    screens = jira.screens(new_metadata_cache())
    with pytest.raises(NotFoundOrForbiddenError):
        await screens.types("me", project)
    with pytest.raises(NotFoundOrForbiddenError):
        await screens.create_fields("me", project, "1")
    choices = Choices(jira.get, jira.send)
    with pytest.raises(NotFoundOrForbiddenError):
        await choices.assignable(project, "")
    with pytest.raises(NotFoundOrForbiddenError):
        await choices.sprints(project, "customfield_1", "")
    with pytest.raises(NotFoundOrForbiddenError):
        await choices.teams(project, "customfield_1")
    assert jira.asked == []


@pytest.mark.parametrize("type_id", ["../1", "1/2", "", "x", "１", "1" * 19])
async def test_t33_type_id_never_leaves_its_segment(type_id: str) -> None:
    jira = Jira("fields", [])
    with pytest.raises(NotFoundOrForbiddenError):
        await jira.screens(new_metadata_cache()).create_fields("me", "DEMO", type_id)
    assert jira.asked == []


@pytest.mark.parametrize("issue", ["../../myself", "DEMO-1/../x", "DEMO-1?x", "DEMO-１", ""])
async def test_t33_issue_key_never_leaves_its_segment(issue: str) -> None:
    jira = Jira("fields", [])
    with pytest.raises(NotFoundOrForbiddenError):
        await jira.screens(new_metadata_cache()).edit_fields(issue)
    with pytest.raises(NotFoundOrForbiddenError):
        await jira.screens(new_metadata_cache()).current(issue, [])
    assert jira.asked == []


@pytest.mark.parametrize("field_id", ["customfield_1]) OR (x", "summary", "labels\n", "customfield_１", ""])
async def test_t33_field_id_never_becomes_a_part_of_a_query(field_id: str) -> None:
    jira = Jira("results", [])
    with pytest.raises(NotFoundOrForbiddenError):
        await Choices(jira.get, jira.send).labels(field_id, "")
    with pytest.raises(NotFoundOrForbiddenError):
        await Choices(jira.get, jira.send).teams("DEMO", field_id)
    assert jira.asked == []


SUGGESTED = [
    ("login", "<b>lo</b>gin", "login"),
    ('"and"', "and", "and"),
    (r'"say\"so\""', "x", 'say"so"'),
    ("a,b", "a,b", ""),
    ('"two words"', "two words", ""),
    ("x" * 256, "x", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("value", "shown", "label"), SUGGESTED)
async def test_labels_are_told_as_a_query_would_name_them(value: str, shown: str, label: str) -> None:
    async def get(path: str, **query: str) -> object:
        assert (path, query["fieldName"]) == ("/jql/autocompletedata/suggestions", "cf[7]")
        return {"results": [{"value": value, "displayName": shown}]}

    found = await Choices(get, Jira("", []).send).labels("customfield_7", "lo")
    assert [(o.id, o.name) for o in found] == ([(label, label)] if label else [])


async def test_what_was_given_up_is_not_offered() -> None:
    gone = [{"id": "2", "value": "b", "disabled": True}, {"id": "3", "name": "1.0", "archived": True}]
    parent = {"id": "1", "value": "a", "disabled": False, "children": [{"id": "4", "value": "c"}, *gone]}
    row = {"fieldId": "cf", "name": "Field", "schema": {"type": "option"}, "allowedValues": [parent, *gone]}
    (read,) = await Jira("fields", [row]).screens(new_metadata_cache()).create_fields("me", "DEMO", "1")
    assert read.allowed == (FieldOption("1", "a", (FieldOption("4", "c"),)),)


DEFAULTS = [
    ({"type": "option"}, {"id": "2", "value": "Major"}, "2"),
    ({"type": "array", "items": "option"}, [{"id": "1", "value": "a"}, {"id": "3", "value": "c"}], "1,3"),
    ({"type": "string"}, "a line", "a line"),
    ({"type": "string", "system": "description"}, "plain text", "plain text"),
    ({"type": "number"}, 0, "0"),
    ({"type": "array", "items": "string"}, ["triage"], "triage"),
    ({"type": "option"}, None, None),
    ({"type": "option"}, {"odd": True}, None),
    ({"type": "array", "items": "option"}, [], None),
    ({"type": "gadget"}, "x", None),
]


@pytest.mark.parametrize(("schema", "value", "text"), DEFAULTS)
async def test_default_of_a_create_screen(schema: Mapping[str, object], value: object, text: str | None) -> None:
    row = {"fieldId": "cf", "name": "Field", "schema": schema, "hasDefaultValue": True, "defaultValue": value}
    read = await Jira("fields", [row]).screens(new_metadata_cache()).create_fields("me", "DEMO", "1")
    assert not read[0].must_ask
    assert [to_inputs(c.value, UTC)[0] for c in decode_defaults(read).values()] == ([] if text is None else [text])

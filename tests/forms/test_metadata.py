"""Reading create metadata: all pages, remembered for one person and one place, and no longer than it may be."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.metadata import LIFETIME, REMEMBERED, Memory, Screens
from bot.jira.models import Site

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

    def screens(self, memory: Memory) -> Screens:
        return Screens(SITE, self.get, self.send, memory)


def fields(count: int) -> list[Mapping[str, object]]:
    return [{"fieldId": f"customfield_{n}", "name": str(n), "schema": {"type": "string"}} for n in range(count)]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (50, 1), (51, 2), (260, 6)])
@pytest.mark.parametrize("name", ["fields", "values"])
async def test_all_pages_are_read(count, calls, name):
    jira = Jira(name, fields(count))
    found = await jira.screens(Memory()).create_fields("me", "DEMO", "10001")
    assert len(found) == count
    assert len(jira.asked) == calls


async def test_remembered_by_person_project_and_type_for_five_minutes():
    now = [0.0]
    memory, jira = Memory(lambda: now[0]), Jira("fields", fields(1))
    for viewer, project, type_id in [
        ("a", "DEMO", "1"),
        ("a", "DEMO", "1"),
        ("b", "DEMO", "1"),
        ("a", "OPS", "1"),
    ]:
        await jira.screens(memory).create_fields(viewer, project, type_id)
    assert len(jira.asked) == 3
    now[0] = LIFETIME + 1
    await jira.screens(memory).create_fields("a", "DEMO", "1")
    assert len(jira.asked) == 4
    jira.screens(memory).forget_create_fields("a", "DEMO", "1")
    await jira.screens(memory).create_fields("a", "DEMO", "1")
    assert len(jira.asked) == 5


async def test_memory_is_bounded():
    memory, jira = Memory(), Jira("fields", [])
    for n in range(REMEMBERED + 5):
        await jira.screens(memory).create_fields(str(n), "DEMO", "1")
    asked = len(jira.asked)
    await jira.screens(memory).create_fields(str(REMEMBERED + 4), "DEMO", "1")
    assert len(jira.asked) == asked
    await jira.screens(memory).create_fields("0", "DEMO", "1")
    assert len(jira.asked) == asked + 1


BAD = ["../../myself", "DEMO/../x", "demo", "DEMO?x=1", "DEMO%2f", "DE MO", "ＤＥＭＯ", "DEMO\n", "", "A" * 11]


@pytest.mark.parametrize("project", BAD)
async def test_t33_project_key_never_leaves_its_segment(project):
    jira = Jira("fields", [])
    screens = jira.screens(Memory())
    with pytest.raises(NotFoundOrForbiddenError):
        await screens.types("me", project)
    with pytest.raises(NotFoundOrForbiddenError):
        await screens.create_fields("me", project, "1")
    with pytest.raises(NotFoundOrForbiddenError):
        await screens.assignable(project, "")
    assert jira.asked == []


@pytest.mark.parametrize("type_id", ["../1", "1/2", "", "x", "１", "1" * 19])
async def test_t33_type_id_never_leaves_its_segment(type_id):
    jira = Jira("fields", [])
    with pytest.raises(NotFoundOrForbiddenError):
        await jira.screens(Memory()).create_fields("me", "DEMO", type_id)
    assert jira.asked == []


@pytest.mark.parametrize("issue", ["../../myself", "DEMO-1/../x", "DEMO-1?x", "DEMO-１", ""])
async def test_t33_issue_key_never_leaves_its_segment(issue):
    jira = Jira("fields", [])
    with pytest.raises(NotFoundOrForbiddenError):
        await jira.screens(Memory()).edit_fields(issue)
    with pytest.raises(NotFoundOrForbiddenError):
        await jira.screens(Memory()).current(issue, [])
    assert jira.asked == []

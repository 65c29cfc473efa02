"""What nobody foresaw is said in the shape that the client waits for: in any other it says so in its own words."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, personal
from tests.support.teams import EdgeMaker

TOLD = "Something went wrong on our side"
SHAPES = [
    ("adaptiveCard/action", ("value",)),
    ("task/fetch", ("task", "value")),
    ("task/submit", ("task", "value")),
]


@pytest.mark.parametrize(("name", "path"), SHAPES)
async def test_sentence_stands_where_the_client_looks_for_it(
    make_edge: EdgeMaker, name: str, path: tuple[str, ...]
) -> None:
    edge = await make_edge()
    edge.dispatcher.failure = RuntimeError("unforeseen")
    value = {"data": {"verb": "issue.edit"}, "action": {"verb": "issue.move", "data": {}}}
    answer = await edge.teams.invoke(ALICE, personal(ALICE), name, value)
    assert answer.status == 200
    found: object = answer.body
    for step in path:
        assert isinstance(found, dict)
        found = found[step]
    assert TOLD in str(found)


async def test_typeahead_finds_nothing(make_edge: EdgeMaker) -> None:
    edge = await make_edge()
    edge.dispatcher.failure = RuntimeError("unforeseen")
    value = {"queryText": "a", "queryOptions": {"skip": 0, "top": 15}, "dataset": "field=x"}
    answer = await edge.teams.invoke(ALICE, personal(ALICE), "application/search", value)
    assert answer.body["value"] == {"results": []}

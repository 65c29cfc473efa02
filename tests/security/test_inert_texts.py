"""T31, T32, T33: pictures, words of a search and issue keys, each at the function that all of them go through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jira.jql import build_text_search, quote
from bot.jira.models import issue_key
from bot.teams.message_actions import quote as quote_message
from sandbox.jql_lexer import tokens
from sandbox.teams import ALICE, CHANNEL
from tests.support.commands.form_player import ask
from tests.support.world import World

SPY = "https://spy.example/pixel.png"
NO_KEYS = (
    *("../../myself", "DEMO-1/../../myself", "DEMO-1?x=1", "DEMO-1#x", "DEMO-1%2f..", "DEMO-1\nx", "\nDEMO-1 x"),
    *("ＤＥＭＯ-1", "DEMO-１", "DEMO-0", "DEMO-01", "D-1", "DEMO-", "DEMO-1.", "1DEMO-1", "DEMO 1", ""),
    *("DEMO-12345678901", "ABCDEFGHIJK-1", "DEMO-1;x", "DEMO-1\x00", "DÉMO-1", "DEMO-1/comment"),
)


@pytest.mark.parametrize("text", NO_KEYS)
def test_t33_what_is_no_key_in_full_is_none(text: str) -> None:
    assert issue_key(text) is None


@pytest.mark.parametrize("text", ["DEMO-1?x=1", "DEMO-1/../../myself", "DEMO-1%2f..", "../../../../admin"])
async def test_t33_what_is_no_key_reaches_no_address_of_jira(world: World, text: str) -> None:
    await world.link()
    before = len(world.sandbox.requests)
    await ask(world, f"show {text}", CHANNEL, ALICE)
    paths = [request.path for request in world.sandbox.requests[before:]]
    assert [path for path in paths if ".." in path or "myself" in path or "admin" in path] == []


@given(st.text(max_size=60))
def test_t32_any_value_is_one_literal(value: str) -> None:
    [literal] = tokens(f"{quote(value)}")[:1]
    assert literal.kind == "string"
    assert len([each for each in tokens(quote(value)) if each.kind != "end"]) == 1


@given(st.text(max_size=60))
def test_t32_any_words_make_one_clause(words: str) -> None:
    try:
        query = build_text_search(words)
    except ValueError:
        return
    assert [each.text.lower() for each in tokens(query) if each.kind not in ("string", "end")] == [
        *("text", "~", "order", "by", "updated", "desc")
    ]


def test_t32_words_end_no_literal() -> None:
    assert quote('" OR project = SECRET') == r'"\" OR project = SECRET"'
    assert quote("a\\") == r'"a\\"'
    query = build_text_search('x" OR project = SECRET OR "')
    assert query == 'text ~ "x or project = SECRET or" ORDER BY updated DESC'


@pytest.mark.parametrize(
    "html", [f'<img src="{SPY}">', f'<p><img alt="x" src="{SPY}">text</p>', f"<svg href='{SPY}'>"]
)
def test_t31_picture_of_a_message_is_left_out(html: str) -> None:
    quoted = quote_message({"body": {"contentType": "html", "content": html}})
    assert "spy.example" not in str(quoted)
    assert "![" not in quoted.text


def urls_of(node: object) -> Iterator[str]:
    """Yield the addresses that a client fetches by itself: those of pictures, icons and media."""
    if isinstance(node, dict):
        for name in ("url", "iconUrl", "backgroundImage", "poster"):
            if isinstance(node.get(name), str) and node.get("type") != "Action.OpenUrl":
                yield str(node[name])
        for part in node.values():
            yield from urls_of(part)
    elif isinstance(node, list):
        for part in node:
            yield from urls_of(part)


async def test_t31_card_of_an_issue_makes_a_client_fetch_nothing(world: World) -> None:
    await world.link()
    issue = world.sandbox.site.issues["DEMO-2"]
    issue.values["description"] = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "external", "url": SPY}}]},
            {"type": "paragraph", "content": [{"type": "text", "text": f"![pixel]({SPY})"}]},
        ],
    }
    card = (await ask(world, "DEMO-2", CHANNEL)).card
    assert [url for url in urls_of(card) if not url.startswith("data:image/png;base64,")] == []
    assert "spy.example" not in str(list(urls_of(card)))

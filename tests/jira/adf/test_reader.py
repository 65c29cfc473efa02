"""ADF -> blocks and words: total, bounded, deaf to what it does not know."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jira.adf.blocks import Block, Cell, Code, Heading, ListItem, Media, Paragraph, Quote, Rule, Run, Table
from bot.jira.adf.reader import read_adf
from tests.support.adf_text import adf_text
from tests.support.cpu_time import takes_less
from tests.support.paths import ADF_SCHEMA


def node(kind: str, *content: object, **attrs: object) -> dict[str, object]:
    made: dict[str, object] = {"type": kind}
    if attrs:
        made["attrs"] = attrs
    if content:
        made["content"] = list(content)
    return made


def text(words: str, *marks: object) -> dict[str, object]:
    return {"type": "text", "text": words, "marks": list(marks)}


def doc(*content: object) -> dict[str, object]:
    return {"type": "doc", "version": 1, "content": list(content)}


def para(words: str) -> dict[str, object]:
    return node("paragraph", text(words))


def p(*runs: Run) -> Paragraph:
    return Paragraph(runs)


LINK = {"type": "link", "attrs": {"href": "https://a.example"}}
MARKS = [{"type": kind} for kind in ("strong", "em", "strike", "underline", "code", "textColor")]
ELSEWHERE = Run("[shown only in Jira]", italic=True)
P_L, P_R = p(Run("l")), p(Run("r"))

NODES = [
    (para("a"), (p(Run("a")),)),
    (node("paragraph"), ()),
    (
        node("paragraph", text("a", *MARKS, LINK)),
        (p(Run("a", True, True, True, True, True, "https://a.example")),),
    ),
    (node("paragraph", text("a"), node("hardBreak"), text("b")), (p(Run("a"), Run("\n"), Run("b")),)),
    (node("paragraph", node("mention", id="1", text="@Megan")), (p(Run("@Megan")),)),
    (node("paragraph", node("mention", id="1")), (p(Run("@someone")),)),
    (node("paragraph", node("emoji", shortName=":smile:", text="😄")), (p(Run("😄")),)),
    (node("paragraph", node("emoji", shortName=":custom:")), (p(Run(":custom:")),)),
    (node("paragraph", node("status", text="in progress")), (p(Run("IN PROGRESS", bold=True)),)),
    (node("paragraph", node("date", timestamp="1582152559000")), (p(Run("19 Feb 2020")),)),
    (node("paragraph", node("date", timestamp="soon")), (p(Run("soon")),)),
    (node("paragraph", node("date", timestamp="9" * 30)), (p(Run("9" * 30)),)),
    (
        node("paragraph", node("inlineCard", url="https://a.example")),
        (p(Run("https://a.example", href="https://a.example")),),
    ),
    (node("blockCard", url="https://a.example"), (p(Run("https://a.example", href="https://a.example")),)),
    (node("heading", text("T"), level=2), (Heading((Run("T"),)),)),
    (node("heading", text("T"), level="x"), (Heading((Run("T"),)),)),
    (node("codeBlock", text("a\n  b"), language="py"), (Code("a\n  b", "py"),)),
    (node("rule"), (Rule(),)),
    (node("blockquote", para("q")), (Quote((p(Run("q")),)),)),
    (node("panel", para("q"), panelType="warning"), (Quote((p(Run("q")),), "warning"),)),
    (node("expand", para("in"), title="T"), (p(Run("T", bold=True)), p(Run("in")))),
    (node("mediaSingle", node("media", alt="shot.png")), (Media("shot.png"),)),
    (node("mediaGroup", node("media"), node("media")), (Media(), Media())),
    (
        node("bulletList", node("listItem", para("a"), node("orderedList", node("listItem", para("b")), order=3))),
        (ListItem((Run("a"),)), ListItem((Run("b"),), 1, 3)),
    ),
    (
        node(
            "taskList",
            node("taskItem", text("t"), state="DONE"),
            node("taskList", node("taskItem", text("u"), state="TODO")),
        ),
        (ListItem((Run("t"),), done=True), ListItem((Run("u"),), 1, done=False)),
    ),
    (
        node("table", node("tableRow", node("tableHeader", para("h")), node("tableCell", para("a"), para("b")))),
        (Table(((Cell((Run("h"),), True), Cell((Run("a"), Run("\n"), Run("b")))),)),),
    ),
    (
        node("mediaSingle", node("media", alt="shot.png"), node("caption", text("see"))),
        (Media("shot.png"), p(Run("see"))),
    ),
    (node("paragraph", node("mediaInline", alt="a.txt")), (p(Run("[a.txt]")),)),
    (node("paragraph", node("placeholder", text="type here")), (p(Run("type here")),)),
    (node("nestedExpand", para("in"), title="T"), (p(Run("T", bold=True)), p(Run("in")))),
    (node("layoutSection", node("layoutColumn", para("l")), node("layoutColumn", para("r"))), (P_L, P_R)),
    (
        node("decisionList", node("decisionItem", text("so be it"), state="DECIDED")),
        (ListItem((Run("so be it"),)),),
    ),
    (node("taskList", node("blockTaskItem", para("t"), state="DONE")), (ListItem((Run("t"),), done=True),)),
    (node("embedCard", url="https://a.example"), (p(Run("https://a.example", href="https://a.example")),)),
    (node("blockCard", datasource={"id": "1"}), (p(ELSEWHERE),)),
    (node("extension", extensionKey="toc", text="Table of contents"), (p(Run("Table of contents", italic=True)),)),
    (node("extension", extensionKey="toc"), (p(ELSEWHERE),)),
    (node("paragraph", text("a"), node("inlineExtension", extensionKey="x")), (p(Run("a"), ELSEWHERE),)),
    (
        node("table", node("tableRow", node("tableCell", node("mediaSingle", node("media", alt="a.png"))))),
        (Table(((Cell((Run("[a.png]"),)),),)),),
    ),
    (
        node("table", node("tableRow", node("tableCell", node("extension", extensionKey="x")))),
        (Table(((Cell((ELSEWHERE,)),),)),),
    ),
    (node("hologram", para("inside")), (p(Run("inside")),)),
    (node("hologram", text("bare")), (p(Run("bare")),)),
    (node("bodiedExtension", node("layoutSection", node("layoutColumn", para("deep")))), (p(Run("deep")),)),
]


@pytest.mark.parametrize(("given_node", "blocks"), NODES, ids=[str(n["type"]) for n, _ in NODES])
def test_node(given_node: object, blocks: Sequence[Block]) -> None:
    assert read_adf(doc(given_node)) == blocks


MARKED = {
    "strong": Run("a", bold=True),
    "em": Run("a", italic=True),
    "strike": Run("a", strike=True),
    "underline": Run("a", underline=True),
    "code": Run("a", code=True),
    "link": Run("a", href="https://a.example"),
    # What a card has nothing for leaves the words as they are.
    **dict.fromkeys(("textColor", "backgroundColor", "subsup", "annotation", "border"), Run("a")),
}
OF_BLOCKS = {"alignment", "indentation", "breakout", "fragment", "dataConsumer"}
"""Marks of whole blocks, which say how they lie on the page of Jira."""


@pytest.mark.parametrize("kind", MARKED)
def test_mark(kind: str) -> None:
    mark = {"type": kind, "attrs": {"href": "https://a.example"}}
    assert read_adf(doc(node("paragraph", text("a", mark)))) == (p(MARKED[kind]),)


@pytest.mark.parametrize("kind", sorted(OF_BLOCKS))
def test_mark_of_a_block(kind: str) -> None:
    assert read_adf(doc({**para("a"), "marks": [{"type": kind}]})) == (p(Run("a")),)


def kinds(value: object) -> set[str]:
    """Find the types of all nodes in a document, or in several."""
    if isinstance(value, dict):
        return {str(value.get("type"))}.union(*map(kinds, value.get("content", [])))
    return set().union(*map(kinds, value)) if isinstance(value, list) else set()


def published(definition: dict[str, object]) -> set[str]:
    """Find the types that a definition of Atlassian's schema is about, whichever way it is put together."""
    properties, parts = definition.get("properties", {}), definition.get("allOf", [])
    assert isinstance(properties, dict)
    assert isinstance(parts, list)
    return set(properties.get("type", {}).get("enum", [])).union(*map(published, parts))


def test_every_node_and_mark_of_atlassians_schema_is_tried_here() -> None:
    definitions = json.loads(ADF_SCHEMA.read_text(encoding="utf-8"))["definitions"]
    marks = {n for name, each in definitions.items() if name.endswith("_mark") for n in published(each)}
    nodes = {n for name, each in definitions.items() if not name.endswith("_mark") for n in published(each)}
    assert len(nodes) > 35
    assert nodes - kinds([doc(each) for each, _ in NODES]) == set()
    assert marks == {*MARKED, *OF_BLOCKS}


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        {},
        [],
        "text",
        {"content": "x"},
        {"content": [None, 1, "x", [], {"type": 3}]},
        doc({"type": "paragraph", "content": {"type": "text"}}),
        doc({"type": "paragraph", "content": [{"type": "text"}]}),
        doc({"type": "paragraph", "content": [{"type": "text", "text": 7}]}),
        doc({"type": "table", "content": [{"type": "tableRow"}]}),
        doc({"type": "codeBlock", "attrs": "x"}),
    ],
)
def test_malformed_gives_nothing_and_raises_nothing(malformed: Any) -> None:
    assert read_adf(malformed) == ()
    assert adf_text(malformed) == ""


@pytest.mark.parametrize("marks", ["strong", {"type": "strong"}, [None, "x", {"type": 1}], [{"type": "link"}], 5])
def test_malformed_marks_leave_the_text(marks: object) -> None:
    assert adf_text(doc(node("paragraph", {"type": "text", "text": "a", "marks": marks}))) == "a"


@pytest.mark.parametrize("kind", ["blockquote", "panel", "bulletList", "expand", "hologram", "paragraph", "table"])
def test_t48_nesting_without_end_neither_fails_nor_hides_the_text(kind: str) -> None:
    inner: dict[str, object] = para("the bottom")
    for _ in range(900):
        inner = node(kind, node("listItem", inner) if kind == "bulletList" else inner)
    assert "the bottom" in adf_text(doc(inner))


def test_t48_a_document_without_end_is_read_in_bounded_time() -> None:
    wide = doc(*[para("x")] * 500_000)
    start = time.process_time()
    assert 600 < len(read_adf(wide)) <= 2_000
    assert time.process_time() - start < 1


def test_t49_the_five_longest_texts_of_a_card_do_not_hold_the_loop() -> None:
    """`*a` over and over is a comment of 32,767 characters, and 700 KB of nodes in Jira's answer."""
    marked = node("paragraph", *[{"type": "text", "text": "a", "marks": [{"type": "em"}]}] * 16_000)
    assert takes_less(0.04, lambda: [read_adf(doc(marked)) for _ in range(5)])


KINDS = [
    "doc",
    "paragraph",
    "text",
    "bulletList",
    "listItem",
    "taskItem",
    "table",
    "tableRow",
    "tableCell",
    "panel",
]
KINDS += ["heading", "codeBlock", "mention", "date", "inlineCard", "blockCard", "media", "expand", "rule", "what"]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
ATTRS = ["level", "order", "url", "text", "href", "state", "timestamp", "title"]
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.fixed_dictionaries(
            {"type": st.sampled_from(KINDS)},
            optional={
                "content": st.one_of(inner, st.lists(inner, max_size=4)),
                "attrs": st.dictionaries(st.sampled_from(ATTRS), SCALARS),
                "text": SCALARS,
                "marks": inner,
            },
        ),
    ),
    max_leaves=25,
)


@settings(deadline=None)
@given(JSON)
def test_anything_is_read_without_an_exception(anything: Any) -> None:
    for block in read_adf(anything):
        assert block is not None
    assert isinstance(adf_text(doc(anything)), str)

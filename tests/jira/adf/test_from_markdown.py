"""Markdown from chat -> ADF that Jira accepts."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft4Validator

from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.models import JiraUser
from tests.support.adf_text import adf_text
from tests.support.json_path import at
from tests.support.paths import ADF_SCHEMA

# adf-full-v1.json: the schema of @atlaskit/adf-schema 47 (Apache-2.0), draft-04.
MEGAN = JiraUser("5b10:a2844c", "Megan Bowen")
TOKEN = "\ue0001\ue001"


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(ADF_SCHEMA.read_text(encoding="utf-8")))


def assert_valid(doc: object) -> None:
    errors = [f"{e.instance_path}: {e.message[:200]}" for e in validator().iter_errors(doc)]
    assert not errors, (errors, doc)


def links(doc: object) -> list[str]:
    return re.findall(r'"href": "([^"]*)"', json.dumps(doc))


def inline(markdown: str, **mentions: JiraUser) -> list[dict[str, object]]:
    doc = markdown_to_adf(markdown, mentions)
    assert_valid(doc)
    nodes: list[dict[str, object]] = at(doc, "content", 0, "content")
    return nodes


def test_a_newline_is_a_line_break() -> None:
    assert [node["type"] for node in inline("one\ntwo")] == ["text", "hardBreak", "text"]


@pytest.mark.parametrize(
    ("markdown", "code"),
    [
        ("```py\nx = 1\n\n  y  \n```", "x = 1\n\n  y  "),
        ("    a\n      b", "a\n  b"),
        ("```\n```", ""),
        ("```\nhttps://a.example `x` *y*\n```", "https://a.example `x` *y*"),
    ],
)
def test_code_stays_as_typed(markdown: str, code: str) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert at(doc, "content", 0, "type") == "codeBlock"
    assert adf_text(doc) == code


@pytest.mark.parametrize(
    ("markdown", "hrefs"),
    [
        ("see https://a.example/x_y_z.", ["https://a.example/x_y_z"]),
        ("(https://a.example/b_(c))", ["https://a.example/b_(c)"]),
        ("https://a.example/?a=1&b=2, and http://b.example!", ["https://a.example/?a=1&b=2", "http://b.example"]),
        ("[text](https://a.example)", ["https://a.example"]),
        ("<https://a.example>", ["https://a.example"]),
        ("**https://a.example**", ["https://a.example"]),
        ("`https://a.example`", []),
        ("[x](javascript:alert(1)) [y](data:text/html,x) [z](JAVASCRIPT:x) [w](file:///etc)", []),
        ("[x](vbscript:x) ![i](javascript:x)", []),
        ("![alt](http://a.example/x.png)", ["http://a.example/x.png"]),
        ("[mail](mailto:a@example.com)", ["mailto:a@example.com"]),
    ],
)
def test_links_lead_to_the_web_or_to_mail(markdown: str, hrefs: list[str]) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert links(doc) == hrefs


def test_mention_token_becomes_a_mention() -> None:
    nodes = inline(f"hi {TOKEN}, look", **{TOKEN: MEGAN})
    assert nodes[1] == {"type": "mention", "attrs": {"id": "5b10:a2844c", "text": "@Megan Bowen"}}
    assert [node.get("text") for node in nodes] == ["hi ", None, ", look"]


@pytest.mark.parametrize("markdown", [f"`{TOKEN}`", f"```\n{TOKEN}\n```"])
def test_in_code_a_mention_is_only_a_name(markdown: str) -> None:
    doc = markdown_to_adf(markdown, {TOKEN: MEGAN})
    assert_valid(doc)
    assert "mention" not in json.dumps(doc)
    assert adf_text(doc) == "@Megan Bowen"


@pytest.mark.parametrize(
    "typed", ["<at>CEO</at>", "@[CEO](x:1)", "[~accountid:1]", '<span adf="mention">x</span>']
)
def test_t30_nobody_types_a_mention(typed: str) -> None:
    doc = markdown_to_adf(typed, {TOKEN: MEGAN})
    assert_valid(doc)
    assert '"mention"' not in json.dumps(doc)


@pytest.mark.parametrize(
    ("markdown", "kinds"),
    [
        ("# T\ntext", ["heading", "paragraph"]),
        ("- a\n- b\n  - c", ["bulletList"]),
        ("3. x\n4. y", ["orderedList"]),
        ("- [ ] a\n- [x] b", ["taskList"]),
        ("|a|b|\n|-|-|\n|1|2|", ["table"]),
        ("> q\n> # h", ["blockquote"]),
        ("---", ["rule"]),
        (">", ["blockquote"]),
        ("- ", ["bulletList"]),
        ("- > q\n- # h\n- a\n\n  ***", ["bulletList"]),
        ("<div>\nx\n</div>", ["paragraph"]),
        ("", ["paragraph"]),
        ("\x00\x07", ["paragraph"]),
    ],
)
def test_blocks(markdown: str, kinds: list[str]) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert [node["type"] for node in at(doc, "content")] == kinds


@pytest.mark.parametrize(
    ("markdown", "states"),
    [
        ("- [ ] a\n- [x] b", ["TODO", "DONE"]),
        ("- [ ] a\n- [x] b\n  - [ ] c\n    - [X] d\n- [x] e", ["TODO", "DONE", "TODO", "DONE", "DONE"]),
        ("- plain\n  - [x] a\n    - [ ] b", ["DONE", "TODO"]),
    ],
)
def test_check_lists_keep_their_states_however_deep(markdown: str, states: list[str]) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert re.findall(r'"state": "(\w+)"', json.dumps(doc)) == states
    ids = re.findall(r'"localId": "([^"]+)"', json.dumps(doc))
    assert len(ids) == len(set(ids))
    assert "[" not in adf_text(doc)


@pytest.mark.parametrize(
    "markdown", ["- [ ] a\n- b", "- [x] a\n\n  more", "- [ ] a\n  - b", "> - [ ] a\n>   - [x] b"]
)
def test_box_that_jira_has_no_place_for_stays_as_typed(markdown: str) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert re.search(r"\[[ x]\] a", adf_text(doc))


def test_escaped_pipe_in_a_table() -> None:
    doc = markdown_to_adf("|a\\|b|`c\\|d`|\n|-|-|\n|`x`|y|")
    assert_valid(doc)
    assert adf_text(doc) == "a|b\tc|d\nx\ty"


@pytest.mark.parametrize(
    "markdown",
    [
        "[bug]: login",
        "[TODO]: done\nreal text",
        "[see]: https://a.example",
        "see [a]\n\n[a]: foo",
        "> [note]: done",
        "- [note]: done",
        "[^1] says\n\n[^1]: note",
        "[a\nb]: c",
        "`[a]: b`",
        "[" * 300 + "]: x",
    ],
)
def test_words_in_brackets_are_not_swallowed(markdown: str) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    words = re.sub(r"^[>-] ", "", markdown.replace("`", "")).replace("\n\n", "\n")
    assert adf_text(doc) == words


@pytest.mark.parametrize(
    ("markdown", "hrefs"),
    [
        ("[text][1]\n\n[1]: https://a.example", ["https://a.example"]),
        ("[text]\n\n[text]: <https://a.example/x>", ["https://a.example/x"]),
        ("[x](http://[::1]:8080/a)", ["http://%5B::1%5D:8080/a"]),
        ("[x][y]\n\n[y]: javascript:1", []),
    ],
)
def test_links_by_reference(markdown: str, hrefs: list[str]) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert links(doc) == hrefs


@pytest.mark.parametrize(
    ("markdown", "kinds"),
    [
        ("> a\n- b\n> c", ["blockquote", "bulletList", "blockquote"]),
        ("> a\nlazy\n1. b\n> c", ["blockquote", "orderedList", "blockquote"]),
        ("> a\n- b\n```\nc\n```", ["blockquote", "bulletList", "codeBlock"]),
        ("```\n> a\n- b\n```", ["codeBlock"]),
    ],
)
def test_answers_stay_beneath_what_they_answer(markdown: str, kinds: list[str]) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert [node["type"] for node in at(doc, "content")] == kinds
    assert re.findall(r"\b[abc]\b", adf_text(doc)) == re.findall(r"\b[abc]\b", markdown)
    assert "\n\n" not in adf_text(doc)


PIECES = [
    "a",
    "b c",
    "  ",
    "    ",
    "# ",
    "> ",
    "- ",
    "1. ",
    "- [ ] ",
    "* ",
    "**",
    "_",
    "~~",
    "`",
    "```",
    "---",
    "<b>",
]
PIECES += ["[x](", ")", "](javascript:1)", "![", "</b>", "<!--", "&amp;"]
PIECES += ["|", "|-|-|\n", "\n", "\n\n", "\t", "\\", "https://x.example/a", TOKEN, "\x00", "\ud800"]
PIECES += ["<details>\n<summary>s</summary>\n\n", "</details>"]
MARKUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(st.one_of(MARKUP, st.text(max_size=200)))
def test_any_text_gives_a_valid_document(markdown: str) -> None:
    doc = markdown_to_adf(markdown, {TOKEN: MEGAN})
    assert_valid(doc)
    assert all(href.lower().startswith(("http://", "https://", "mailto:")) for href in links(doc))


@pytest.mark.parametrize(
    ("markdown", "kinds"),
    [
        ("|a|b|\n|-|-|\n|1|2|\n|3|4|5|\n|6|", ["table", "paragraph"]),
        ("|a|b|\n|-|-|\n|1|2|3|", ["paragraph"]),
        ("|a|b|\n|-|-|", ["table"]),
        ("|a|b|\n|-|-|\n> q", ["table", "blockquote"]),
        ("|a\n---\nb", ["heading", "paragraph"]),
        ("> |a|\n> |-|\n> |1|", ["blockquote"]),
    ],
)
def test_row_that_does_not_fit_stays_as_typed(markdown: str, kinds: list[str]) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert [node["type"] for node in at(doc, "content")] == kinds
    assert re.findall(r"\w", adf_text(doc)) == re.findall(r"\w", markdown)


@pytest.mark.parametrize(
    "typed",
    ["[x](javascript:alert(1))", "![i](file:///etc)", "&copy; &amp;", "a <br> b", "C:\\dir\\\nnext", "<x:y>"],
)
def test_what_jira_cannot_show_stays_as_typed(typed: str) -> None:
    assert adf_text(markdown_to_adf(typed)) == typed


@pytest.mark.parametrize(
    "markdown",
    [
        "> a" + "\nb" * 30,
        "- a" + "\nb" * 30,
        "".join("  " * depth + f"- {depth} a\n" for depth in range(30)),
        "> " * 30 + "a",
        "- " * 30 + "a",
    ],
)
def test_no_word_is_lost_in_long_and_deep_texts(markdown: str) -> None:
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert re.findall(r"\w+", adf_text(doc)) == re.findall(r"\w+", markdown)


BEFORE = ["", "", "- ", "  - ", "    - ", "1. ", "   ", "> ", "> > ", "> - ", "> # ", "# ", "- [ ] ", "  - [x] "]
BEFORE += ["[note]: ", "> [note]: ", "* ", "**", "_", "|", "    ", "\\", "<b>", "- > ", "[", "![", "`"]
AFTER = ["", "", "**", "_", "`", "|", "  ", "\\", "</b>", "](https://a.example)", "](x)", ":", "]: x"]
WHOLE = ["", "---", "```", "~~~", "|-|-|", "***"]
LINES = st.lists(
    st.one_of(st.tuples(st.sampled_from(BEFORE), st.sampled_from(AFTER)), st.sampled_from(WHOLE)), max_size=9
)


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(LINES)
def test_no_word_is_lost_or_told_out_of_turn(lines: list[str | tuple[str, str]]) -> None:
    made = [line if isinstance(line, str) else f"{line[0]}word{n}{line[1]}" for n, line in enumerate(lines)]
    markdown = "\n".join(made)
    doc = markdown_to_adf(markdown)
    assert_valid(doc)
    assert re.findall(r"word\d", adf_text(doc)) == re.findall(r"word\d", markdown)


WORD = st.from_regex(r"[a-zA-Zäß漢é]{1,8}", fullmatch=True)


@settings(deadline=None)
@given(st.lists(st.lists(WORD, min_size=1, max_size=6), min_size=1, max_size=5))
def test_words_read_back_as_they_were_written(lines: list[list[str]]) -> None:
    written = "\n".join(" ".join(words) for words in lines)
    assert adf_text(markdown_to_adf(written)) == written

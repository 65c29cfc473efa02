"""The message that an action begins from, as Teams hands it over."""

from __future__ import annotations

import time

import pytest

from bot.commands.issue.from_message import QuotedMessage
from bot.teams.message_actions import MAX_HTML_CHARS, quote

LINK = "https://teams.microsoft.com/l/message/19:x@thread.tacv2/1700000000000?tenantId=t&parentMessageId=1"


def payload(content: str, kind: str = "html", **more: object) -> dict[str, object]:
    return {"body": {"contentType": kind, "content": content}, **more}


@pytest.mark.parametrize(
    ("content", "title", "text"),
    [
        ("<p>The login page is empty</p>", "The login page is empty", "The login page is empty"),
        ("<div><div>First</div><div>&nbsp;</div><div>Second</div></div>", "First", "First\n\nSecond"),
        ("<p>a <strong>b</strong> <em>c</em> &amp; *d*</p>", "a b c & *d*", r"a **b** *c* & \*d\*"),
        ("one<br>two", "one", "one  \ntwo"),
        ("<ul><li>one<ul><li>two</li></ul></li></ul>", "one", "- one\n  - two"),
        ('<p><at id="0">Bob B</at> look</p>', "Bob B look", "Bob B look"),
        ("<blockquote><p>said</p></blockquote><p>yes</p>", "said", "> said\n\nyes"),
        ("<pre><code>x = 1\ny = 2</code></pre>", "x = 1", "```\nx = 1\ny = 2\n```"),
        ('<a href="https://a.example/b">there</a>', "there", "[there](https://a.example/b)"),
        ('<img src="https://spy.example/1.png" alt="pixel">Hi', "Hi", "Hi"),
        ('<attachment id="1"></attachment>', "", ""),
        ("<p>x\u202ey</p>", "xy", "xy"),
        ("<p title='a'>1 < 2 <b class=x>3</b></p>", "1 < 2 3", "1 < 2 **3**"),
        ("", "", ""),
    ],
)
def test_html_becomes_markdown(content: str, title: str, text: str) -> None:
    assert quote(payload(content)) == QuotedMessage(title, text)


def test_plain_text_stays_as_it_is() -> None:
    assert quote(payload("a <b>\nc", "text")) == QuotedMessage("a <b>", "a <b>\nc")


def test_the_subject_of_a_post_comes_first() -> None:
    assert quote(payload("<p>Text</p>", subject="Release 5")).title == "Release 5"


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        (LINK, True),
        ("https://teams.cloud.microsoft/l/message/1", True),
        ("http://teams.microsoft.com/l/message/1", False),
        ("https://teams.microsoft.com.evil.example/l", False),
        ("https://evil.example/teams.microsoft.com", False),
        ("https://teams.microsoft.com/l)[x](https://evil.example", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
    ],
)
def test_only_a_link_into_teams_is_kept(link: str, kept: bool) -> None:
    assert quote(payload("x", linkToMessage=link)).link == (link if kept else "")


@pytest.mark.parametrize(
    "sender",
    [
        {"user": {"displayName": "Ann\u202e Example"}},
        {"user": None, "application": {"displayName": "Ann Example"}},
    ],
)
def test_the_author_is_named(sender: dict[str, object]) -> None:
    assert quote({**payload("x"), "from": sender}).author == "Ann Example"


@pytest.mark.parametrize(
    "odd", [{}, {"body": "x", "from": 7}, {"body": {"content": 5}}, {"from": {"user": {"displayName": 1}}}]
)
def test_odd_payloads_are_no_message(odd: dict[str, object]) -> None:
    assert quote(odd) == QuotedMessage()


@pytest.mark.parametrize(
    "content",
    ["<div>" * 50_000, "<b>" * 8_000 + "x" + "</b>" * 8_000, "<" * 60_000, "<a " * 13_333, "a<br>" * 50_000],
)
def test_t49_hostile_html_costs_little(content: str) -> None:
    began = time.process_time()
    quoted = quote(payload(content))
    assert time.process_time() - began < 3
    assert len(quoted.text) <= 2 * MAX_HTML_CHARS

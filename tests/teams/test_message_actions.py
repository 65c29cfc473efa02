"""The message that an action begins from, as Teams hands it over."""

from __future__ import annotations

import json
import time

import pytest

from bot.commands.issue.from_message import QuotedMessage
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.teams.activities import parse
from bot.teams.emoji import MAX_HTML_CHARS
from bot.teams.message_actions import quote
from sandbox.teams import ALICE, CHANNEL, GROUP, Chat, personal
from sandbox.teams_server import Teams
from tests.commands.test_typed_text import written
from tests.support.json_path import at

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
        ("<blockquote><p>said</p></blockquote><p>yes</p>", "yes", "> said\n\nyes"),
        ("<blockquote><p>said</p></blockquote>", "said", "> said"),
        ("<pre><code>x = 1\ny = 2</code></pre>", "x = 1", "```\nx = 1\ny = 2\n```"),
        ('<a href="https://a.example/b">there</a>', "there", "[there](https://a.example/b)"),
        (
            '<p>Hi <emoji alt="🚀"></emoji><img itemtype="http://schema.skype.com/Emoji" alt="😀"></p>',
            "Hi 🚀😀",
            "Hi 🚀😀",
        ),
        ('<attachment id="1"></attachment>', "", ""),
        ("<p>x\u202ey</p>", "xy", "xy"),
        ("<p title='a'>1 < 2 <b class=x>3</b></p>", "1 < 2 3", "1 < 2 **3**"),
        ("", "", ""),
    ],
)
def test_html_becomes_markdown(content: str, title: str, text: str) -> None:
    assert quote(payload(content)) == QuotedMessage(title, text)


CODE = [
    (
        '<codeblock class="Python"><code>def f():<br>    return 1 &lt; 2</code></codeblock>',
        "python",
        "def f():\n    return 1 < 2",
    ),
    (
        '<codeblock class="C#"><code>a&nbsp;= b;<br/><br/>&nbsp; c();</code></codeblock>',
        "csharp",
        "a = b;\n\n  c();",
    ),
    ("<codeblock class='C++'><code>x</code></codeblock>", "cpp", "x"),
    ('<codeblock class="Plain text"><code>*x* _y_ #z</code></codeblock>', "", "*x* _y_ #z"),
    ("<codeblock><code>x</code></codeblock>", "", "x"),
    (
        '<codeblock class="JavaScript"><code><span class="hljs-keyword">let</span> a<br>b</code></codeblock>',
        "javascript",
        "let a\nb",
    ),
    ('<pre class="language-go"><code>x\n\ty</code></pre>', "go", "x\n\ty"),
    ("<pre><div>one</div><div>two</div></pre>", "", "one\ntwo"),
    ('<CODEBLOCK CLASS="SQL"><CODE>select 1</CODE></CODEBLOCK>', "sql", "select 1"),
    ('<codeblock class="Markdown"><code>```<br>x<br>```</code></codeblock>', "markdown", "```\nx\n```"),
    ('<codeblock class="x&quot;]\n`"><code>x</code></codeblock>', "x", "x"),
]


@pytest.mark.parametrize(("content", "language", "code"), CODE)
def test_code_stays_code_with_its_language_and_lines(content: str, language: str, code: str) -> None:
    quoted = quote(payload(f"<p>Look:</p>{content}<p>ok?</p>"))
    assert quoted.title == "Look:"
    [before, block, after] = at(markdown_to_adf(quoted.text), "content")
    assert (written(before), written(block), written(after)) == ("Look:", code, "ok?")
    assert block["type"] == "codeBlock"
    assert block.get("attrs", {}).get("language", "") == language


def test_code_alone_gives_its_first_line_as_title() -> None:
    assert quote(payload(CODE[0][0])).title == "def f():"


REPLY = (
    '<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="17"><strong itemprop="mri">'
    'Bob B</strong><span itemprop="time" itemid="17"></span><p itemprop="preview">Who can look?</p></blockquote>'
)
SENDER = {"user": {"displayName": "Bob B", "id": "b"}}
REFERENCE = {
    "id": "17",
    "contentType": "messageReference",
    "content": json.dumps({"messageId": "17", "messagePreview": "Who can look?", "messageSender": SENDER}),
}


@pytest.mark.parametrize(
    ("content", "attachments"),
    [
        (f"{REPLY}<p>I will</p>", []),
        (f"<p>I will</p>{REPLY}", []),
        ('<attachment id="17"></attachment><p>I will</p>', [REFERENCE]),
        (
            '<attachment id="17"></attachment>I will',
            [{**REFERENCE, "content": json.loads(str(REFERENCE["content"]))}],
        ),
        ("I will", [REFERENCE]),
    ],
)
def test_a_quoted_message_is_a_quote_and_never_the_title(content: str, attachments: list[object]) -> None:
    quoted = quote(payload(content, attachments=attachments))
    assert (quoted.title, quoted.attachments) == ("I will", ())
    blocks = at(markdown_to_adf(quoted.text), "content")
    [words] = [written(block) for block in blocks if block["type"] == "blockquote"]
    assert "Bob B" in words
    assert "Who can look?" in words
    assert [written(block) for block in blocks if block["type"] == "paragraph"] == ["I will"]


@pytest.mark.parametrize("content", [REPLY, '<attachment id="17"></attachment>'])
def test_a_quote_alone_is_no_title(content: str) -> None:
    attachments = [REFERENCE] if "attachment" in content else []
    quoted = quote({**payload(content, attachments=attachments), "from": SENDER})
    assert quoted.title == ""
    assert quoted.summary == "Message from Bob B"
    assert "Who can look?" in quoted.text


def test_a_forwarded_message_is_a_quote() -> None:
    forwarded = {"originalMessageContent": "<p>Look <b>here</b></p>", "originalMessageSender": SENDER}
    row = {"id": "9", "contentType": "forwardedMessageReference", "content": json.dumps(forwarded)}
    quoted = quote(payload('<p>fyi</p><attachment id="9"></attachment>', attachments=[row]))
    assert quoted.title == "fyi"
    assert quoted.text.splitlines()[-1] == "> Look here"


FILE = {
    "id": "f",
    "contentType": "reference",
    "name": "report (1).pdf",
    "contentUrl": "https://a.sharepoint.com/x/report (1).pdf",
}


@pytest.mark.parametrize(
    ("content", "attachments", "names"),
    [
        ('<attachment id="f"></attachment>', [FILE], ["report (1).pdf"]),
        ("", [FILE], ["report (1).pdf"]),
        (
            '<p><img src="https://graph.example/hosted" alt="image" itemtype="http://schema.skype.com/AMSImage"></p>',
            [],
            ["image"],
        ),
        ('<img src="x">', [], ["picture"]),
        ("", [{"contentType": "image/png", "name": "shot.png", "contentUrl": "https://x.example"}], ["shot.png"]),
        ("", [{"contentType": "image/*"}], ["picture"]),
        ("", [{"contentType": "application/vnd.microsoft.teams.file.download.info", "name": "a.txt"}], ["a.txt"]),
        (
            "",
            [{"contentType": "application/vnd.microsoft.card.hero", "content": '{"title": "Deploy failed"}'}],
            ["Deploy failed"],
        ),
        (
            "",
            [
                {
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": {"body": [{"type": "Container", "items": [{"text": "Build 7"}]}]},
                }
            ],
            ["Build 7"],
        ),
        (
            "",
            [
                {
                    "contentType": "application/vnd.microsoft.card.codesnippet",
                    "content": '{"name": "main.py", "language": "python"}',
                }
            ],
            ["main.py"],
        ),
        ("", [{"contentType": "application/vnd.microsoft.card.adaptive", "content": "no json"}], ["card"]),
        ("", [FILE, FILE, {"contentType": "image/png"}], ["report (1).pdf", "picture"]),
        ("", ["junk", None, {"contentType": None}, {"contentType": "x/y"}], ["file"]),
    ],
)
def test_what_is_attached_is_named_and_is_the_title_of_a_message_without_words(
    content: str, attachments: list[object], names: list[str]
) -> None:
    quoted = quote(payload(content, attachments=attachments, linkToMessage=LINK))
    assert [each.name for each in quoted.attachments] == names
    assert quoted.title == ""
    assert quoted.summary == ", ".join(names)
    assert quoted.link == LINK


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (FILE["contentUrl"], "https://a.sharepoint.com/x/report%20%281%29.pdf"),
        ("http://a.example/x", ""),
        ("javascript:alert(1)", ""),
        ("https://[", ""),
        (None, ""),
    ],
)
def test_a_file_is_linked_if_that_is_safe_in_markdown(url: object, link: str) -> None:
    assert quote(payload("", attachments=[{**FILE, "contentUrl": url}])).attachments[0].link == link


@pytest.mark.parametrize(
    ("chat", "service_url", "link"),
    [
        (
            CHANNEL,
            "https://smba.trafficmanager.net/emea/",
            "https://teams.microsoft.com/l/message/19:releases@thread.tacv2/17?tenantId=",
        ),
        (
            GROUP,
            "https://smba.infra.gov.teams.microsoft.us/",
            "https://gov.teams.microsoft.us/l/message/19:groupchat@thread.v2/17?tenantId=",
        ),
        (personal(ALICE), "https://smba.trafficmanager.net/emea/", ""),
    ],
)
def test_a_message_that_comes_without_a_link_is_linked_by_its_id(chat: Chat, service_url: str, link: str) -> None:
    teams = Teams("00000000-0000-4000-8000-00000000abcd")
    activity = parse({**teams.activity(ALICE, chat, "invoke"), "serviceUrl": service_url})
    made = quote(payload("Hello", id="17"), activity.conversation).link
    assert made.startswith(link)
    assert bool(made) == bool(link)
    assert ("contextType" in made) == (chat is GROUP)


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

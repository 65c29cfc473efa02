"""Emoji reach the words of a request, whether the text of the activity has them or only its HTML."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.emoji import MAX_HTML_CHARS, replace_emoji, with_emoji_of
from sandbox.teams_messages import typed_message

EMOJI = [
    "🚀",
    "❤️",
    "👍🏽",
    "👨\u200d👩\u200d👧\u200d👦",
    "🏳️\u200d🌈",
    "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "1️⃣",
]
PARTS = [
    *EMOJI,
    "a",
    "B-1",
    " ",
    "\n",
    "\r\n",
    "<b>",
    "&",
    "می\u200cخواهم",
    "क्\u200dष",
    "<at>Bob B</at>",
    "'\"",
    "ß",
]


def squeezed(text: str) -> str:
    """Return a text without the spaces, which HTML does not count."""
    return "".join(text.split())


@pytest.mark.parametrize("emoji", EMOJI)
@pytest.mark.parametrize(
    "text",
    ["{} go", "go {}", "go {} on", "go{}on", "{0}{0}", "one\n{}\ntwo", "<at>Jira</at> {} x", "a < b {} & c"],
)
def test_an_emoji_that_only_the_html_has_stands_where_it_was_typed(text: str, emoji: str) -> None:
    typed = text.format(emoji)
    plain, html = typed_message(typed)
    assert emoji not in plain
    assert with_emoji_of(plain, str(html["content"])).strip() == typed


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_no_emoji_is_lost_or_doubled(typed: str) -> None:
    plain, html = typed_message(typed)
    merged = with_emoji_of(plain, str(html["content"]))
    assert squeezed(merged) == squeezed(typed)
    assert [squeezed(line) for line in merged.strip().split("\n")] == list(
        map(squeezed, typed.strip().split("\n"))
    )
    assert with_emoji_of(typed, str(html["content"])) == typed


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('done <emoji id="rocket" alt="🚀" title="Rocket"></emoji>', "done 🚀"),
        ("done <emoji alt='🚀'>", "done 🚀"),
        ('<img itemtype="http://schema.skype.com/Emoji" alt="😀"> yes', "😀 yes"),
        ('<img alt="&#128512;" itemtype="http://schema.skype.com/Emoji"/> yes', "😀 yes"),
        (
            '<img src="https://spy.example/1.png" alt="pixel"> no',
            '<img src="https://spy.example/1.png" alt="pixel"> no',
        ),
        ("<emoji> no", "<emoji> no"),
    ],
)
def test_an_element_in_the_text_is_its_emoji(markup: str, text: str) -> None:
    assert replace_emoji(markup) == text


@pytest.mark.parametrize(
    ("text", "html", "merged"),
    [
        (
            "comment ok",
            '<blockquote itemtype="http://schema.skype.com/Reply">🎉<emoji alt="🎉"></blockquote>comment ok',
            "comment ok",
        ),
        ("- one\n- two", '<ul><li>one <emoji alt="🚀"></li><li>two</li></ul>', "- one 🚀\n- two"),
        ("something else", 'not this <emoji alt="🚀">', "something else"),
        ("", '<p><emoji alt="🚀"></p>', "🚀"),
        (
            "nice",
            '<p>nice <img itemtype="http://schema.skype.com/Emoji" alt="party parrot"></p>',
            "nice party parrot",
        ),
    ],
)
def test_html_that_says_more(text: str, html: str, merged: str) -> None:
    assert with_emoji_of(text, html).strip() == merged


@pytest.mark.parametrize("piece", ["<emoji alt='x'>", "<", "<p>", "&#", "<img ", "🚀", " "])
def test_t49_hostile_html_costs_little(piece: str) -> None:
    html = "<emoji alt='x'>" + piece * (MAX_HTML_CHARS // len(piece))
    began = time.process_time()
    with_emoji_of(piece * (MAX_HTML_CHARS // len(piece)), html)
    assert time.process_time() - began < 1

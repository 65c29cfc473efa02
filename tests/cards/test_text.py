"""Text from Jira is inert (threats T29-T31, T48)."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.elements import web_address
from cards.text import clean, clean_lines, cut, escape

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("  two\n lines\t", "two lines"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("in\u200bvi\u2060si\ufeffble\u00ad", "invisible"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc[31m"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("tags \U000e0041\U000e0042", "tags"),
        ("\u3164\u2800\u115f", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩\u200d👧 👍🏽", "👨\u200d👩\u200d👧 👍🏽"),
        ("a\u200db", "ab"),
        ("<at>CEO</at>", "‹at>CEO‹/at>"),
        ("< AT id='0'>x</ at >", "‹ AT id='0'>x‹/ at >"),
        ("a < attack", "a < attack"),
        ("{{DATE(2026-01-01T00:00:00Z)}} {{ time(x)}}", "{ {DATE(2026-01-01T00:00:00Z)}} { { time(x)}}"),
        ("e" + "\u0301" * 5000, "e" + "\u0301" * 11 + "…"),
    ],
)
def test_t30_clean(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(
    ("raw", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("👨\u200d👩\u200d👧" * 3, 3, "👨\u200d👩\u200d👧" * 3),
        ("👨\u200d👩\u200d👧" * 3, 2, "👨\u200d👩\u200d👧…"),
        ("e\u0301" * 4, 2, "e\u0301…"),
        ("🇩🇪🇫🇷🇮🇹", 2, "🇩🇪…"),
        ("word word", 6, "word…"),
        ("x" * 1_000_000, 3, "xx…"),
        ("", 5, ""),
    ],
)
def test_t48_cut_by_grapheme(raw: str, limit: int, shown: str) -> None:
    assert clean(raw, limit) == shown
    assert cut(raw, limit) == shown


@given(st.text(max_size=400), st.integers(1, 60))
def test_t30_nothing_invisible_and_never_too_long(raw: str, limit: int) -> None:
    shown = clean(raw, limit)
    assert len(regex.findall(r"\X", shown)) <= limit
    assert not regex.search(r"[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\p{Cc}\p{Cs}]", shown)
    assert not regex.search(r"<[\s/]*at\b", shown, regex.IGNORECASE)
    shown.encode()
    assert all("\n" not in line for line in clean_lines(raw, limit))


PIECES = [
    "[x](http://e.example)",
    "![i](http://e.example/p.png)",
    "[r]: http://e.example",
    "[r]",
    "<http://e.example>",
]
PIECES += [
    "<img src=x>",
    "**b**",
    "_i_",
    "`c`",
    "~~s~~",
    "# h",
    "> q",
    "- l",
    "1. l",
    "1) l",
    "+ l",
    "|a|b|",
    "&lt;",
]
PIECES += [
    "&amp;",
    "\\",
    "\n",
    "---",
    "===",
    "    code",
    "***",
    "http://e.example",
    "a",
    " ",
    "<b>",
    "<!-- x -->",
    "](",
]


@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.text(max_size=100)))
def test_t29_escaped_text_reads_as_it_was_written(raw: str) -> None:
    tokens = MARKDOWN.parse(escape(raw))
    inline = [child for token in tokens for child in token.children or []]
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert {child.type for child in inline} <= {"text", "text_special"}
    assert "".join(child.content for child in inline) == clean(raw)


@pytest.mark.parametrize(
    ("url", "address", "host"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z", "a.example"),
        ("http://a.example:8080/", "http://a.example:8080/", "a.example"),
        ("https://de.example/Käse", "https://de.example/K%C3%A4se", "de.example"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://bank.example@evil.example/", "", ""),
        ("javascript:alert(1)", "", ""),
        ("data:text/html,x", "", ""),
        ("//a.example", "", ""),
        ("https:a.example", "", ""),
        ("https://a.example\\@b.example", "", ""),
        ("https://a.example/ b", "", ""),
        ("https://a.example/\u202ecod", "", ""),
        ("https://[::1", "", ""),
        ("https://a.example:port/", "", ""),
        ("https://" + "a" * 300 + ".example/", "", ""),
        ("", "", ""),
    ],
)
def test_t29_addresses_are_what_they_seem(url: str, address: str, host: str) -> None:
    assert web_address(url) == (address, host)

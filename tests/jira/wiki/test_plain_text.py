"""Wiki markup as plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jira.wiki.plain_text import plain_text

MARKED = [
    ("*bold* and _it_ and -gone- and +new+", "bold and it and gone and new"),
    ("run {{make test}} now", "run make test now"),
    ("*_both_* and _*both*_", "both and both"),
    ("{*}mid{*}dle", "middle"),
    ("x^2^ and H~2~O", "x2 and H2O"),
    ("??Someone?? said so", "Someone said so"),
    ("||Name||Size||\n|a|1|\n|b|2|", "Name, Size\na, 1\nb, 2"),
    ("h2. Title", "Title"),
    ("* one\n** two\n# three\n- four", "one\ntwo\nthree\nfour"),
    ("bq. quoted", "quoted"),
    ("a\n----\nb", "a\nb"),
    ("see [the docs|https://example.com/a_b_c]", "see the docs"),
    ("[https://example.com/x|https://example.com/x|smart-link]", "https://example.com/x"),
    ("[https://example.com/_x_]", "https://example.com/_x_"),
    ("{color:#ff0000}red{color} {quote}said{quote}", "red said"),
    ("{code:python}a *b* _c_{code}", "a *b* _c_"),
    ("{noformat}||raw||{noformat}", "||raw||"),
    ("{code}never closed *x*", "never closed *x*"),
    (r"\*not bold\* and \_not\_", "*not bold* and _not_"),
    ("!shot.png|thumbnail!", "[shot.png]"),
    ("[~accountid:712020:a] and [~accountid:b]", "@Ann and @someone"),
]
PLAIN = [
    "snake_case_name and __init__.py",
    "2*3*4 = 24",
    "2026-01-05 to 2026-02-06",
    "a - b - c, well-known and re-run",
    "C++ and G++",
    "5 * not a pair",
    "**kwargs and ***",
    "-1 and -2",
    "~5 or ~6 minutes",
    "why?? really??",
    "a|b",
    "Ünïcode_wörd_ñ",
    "٣*٤*٥",
]


@pytest.mark.parametrize(("wiki", "plain"), MARKED)
def test_marks_are_not_shown(wiki: str, plain: str) -> None:
    assert plain_text(wiki, {"712020:a": "Ann"}) == plain


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert plain_text(text, {}) == text


@given(st.text(alphabet=st.characters(whitelist_categories=("L", "N"), whitelist_characters=" .,:;\n")))
def test_text_without_marks_is_the_same_in_every_script(text: str) -> None:
    assert plain_text(text, {}).split() == text.split()  # it is shown on one line


@pytest.mark.parametrize("piece", ["*", "_a", "{code}", "{{", "[a|", "!x", "||", "\\", "{*}", "*a ", "-a\n"])
def test_t49_hostile_markup_takes_no_time(piece: str) -> None:
    started = time.process_time()
    plain_text((piece * 4000)[:4000], {})
    assert time.process_time() - started < 0.5

"""Foreign text on our pages, and the policy under which they go out."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.sign_in import pages
from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.chat.identity import Person
from bot.jira.models import JiraUser, Site


@given(st.text(max_size=300))
def test_t09_tidy_text_is_short_visible_and_on_one_line(text: str) -> None:
    tidied = pages.tidy(text)
    assert len(regex.findall(r"\X", tidied)) <= 80
    unseen = {"Cc", "Cf", "Cs", "Co"}
    assert all(unicodedata.category(c) not in unseen or c in "\u200c\u200d" for c in tidied)
    assert pages.tidy(tidied) == tidied


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna", "Anna"),
        (" a\n\tb ", "a b"),
        ("a\u202eb\u2066c\u200b", "a b c"),
        ("x" * 81, "x" * 79 + "…"),
        ("👩‍👩‍👧‍👦" * 80, "👩‍👩‍👧‍👦" * 80),
        ("e" + "\u0301" * 500, "e" + "\u0301" * 11),
    ],
)
def test_t09_examples(text: str, expected: str) -> None:
    assert pages.tidy(text) == expected


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_t09_no_text_becomes_a_tag(text: str) -> None:
    who = MicrosoftUser(Person("t", "o"), text, text)
    site = Site("c", "https://x.example", text)
    for page in (
        pages.confirm("csrf", who, JiraUser("a", text, text), [site, site], JiraUser("b", text)),
        pages.connected(who, JiraUser("a", text), [site], continues=True),
        pages.not_yours(text),
        pages.failed(text),
    ):
        plain = {"bdi", "br", "span", "p", "div", "dt", "dd", "dl", "form", "input", "fieldset", "legend", "label"}
        page_tags = {"html", "head", "meta", "title", "style", "body", "main", "h1", "footer", "a", "button"}
        tags = set(re.findall(r"<([a-zA-Z!][a-zA-Z0-9]*)", pages.render(page, "")))
        assert tags <= plain | page_tags | {"!doctype"}


def test_t05_the_policy_allows_exactly_our_style() -> None:
    html = pages.render(pages.stale(), "")
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert len(styles) == 1
    assert f"style-src 'sha256-{digest}'" in pages.HEADERS["Content-Security-Policy"]
    assert "style=" not in html


def test_links_lead_below_the_public_path() -> None:
    assert 'href="/bridge/connect"' in pages.render(pages.stale(), "/bridge")

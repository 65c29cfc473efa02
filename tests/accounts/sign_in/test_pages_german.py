"""The pages of the sign-in in the language of the browser."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.sign_in import pages
from bot.accounts.sign_in.accept_language import preferred_language
from bot.accounts.sign_in.microsoft import MicrosoftUser
from bot.chat.identity import Person
from bot.jira.models import JiraUser, Site
from bot.language import use_language
from tests.support.sign_in import Linking

WHO = MicrosoftUser(Person("t", "o"), "Ann <Müller>", "ann@example.com")
USER = JiraUser("a", "Ann {jira}", "ann@example.com")
SITE = Site("c", "https://acme.example", "acme")

FIREFOX = "de,en-US;q=0.7,en;q=0.3"


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", ""),
        (FIREFOX, "de"),
        ("de-AT, de;q=0.9", "de-AT"),
        ("en-US,en;q=0.9,de;q=0.8", "en-US"),
        ("en;q=0.5, de;q=0.8", "de"),
        ("fr-FR, fr;q=0.9, de;q=0.5, *;q=0.1", "de"),
        ("de;q=0, en", "en"),
        ("de;q=0", ""),
        ("DE-de ; Q=1.000", "DE-de"),
        ("fr", ""),
        ("*", ""),
        ("de;q=2, en;q=0.1", "en"),
        ("de;q=0.1;x=1, en;q=0.01", "en"),
        (",, de ,", "de"),
        ("x" * 2000 + ", de", ""),
        ("\x00, ../de, de_DE", ""),
    ],
)
def test_what_a_browser_prefers(header: str, tag: str) -> None:
    assert preferred_language(header) == tag


@given(st.text(alphabet="de-nfr;q=.019*, ", max_size=80))
def test_a_preference_is_one_of_those_that_were_named(header: str) -> None:
    found = preferred_language(header)
    assert found in header
    assert found[:2] in ("", "de", "en")


async def test_a_person_reads_the_sign_in_in_the_language_of_their_browser(linking: Linking) -> None:
    async def page(language: str) -> str:
        url = f"{linking.url}/connect?ticket=x"
        return (await linking.browser().get(url, headers={"Accept-Language": language})).text

    german, english = await page(FIREFOX), await page("en")
    assert '<html lang="de">' in german
    assert "Dieser Link ist nicht mehr gültig" in german
    assert '<html lang="en">' in english
    assert "This link is no longer valid" in english


def test_the_confirming_page_in_german_holds_both_accounts() -> None:
    with use_language("de"):
        html = pages.render(pages.confirm("csrf", WHO, USER, [SITE], USER), "")
    assert "Dies ersetzt Ihre Verbindung mit <bdi>Ann {jira}</bdi>." in html
    assert "<bdi>Ann &lt;Müller&gt;</bdi>" in html
    assert "Site: <bdi>acme</bdi>" in html
    assert not re.search(r"\{(?!jira)\w*\}", html.partition("</style>")[2])


def test_what_was_linked_is_said_in_german() -> None:
    with use_language("de"):
        html = pages.render(pages.connected(WHO, USER, [SITE], continues=True), "")
    assert (
        '<bdi>Ann &lt;Müller&gt;</bdi> <span aria-label="ist verbunden mit">↔</span> <bdi>Ann {jira}</bdi>'
        " auf <bdi>acme</bdi>" in html
    )


@pytest.mark.parametrize("silent", [pages.MICROSOFT, pages.ATLASSIAN, pages.JIRA, pages.STORE])
def test_each_service_that_is_silent_has_a_german_title(silent: str) -> None:
    with use_language("de"):
        page = pages.unavailable(silent)
    assert str(page.values["title"]).endswith("antwortet nicht")

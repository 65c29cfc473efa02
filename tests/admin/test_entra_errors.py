"""What Entra's refusals are explained by."""

from __future__ import annotations

import pytest

from bot.admin.checks.entra_errors import explain, find_number

NAMES = {"app": "MICROSOFT_APP_ID", "secret": "MICROSOFT_APP_PASSWORD", "redirect_uri": "https://a.example/b"}


@pytest.mark.parametrize(
    ("description", "number"),
    [
        ("AADSTS7000222: The provided client secret keys for app 'x' are expired. Trace ID: 1", "7000222"),
        ("<html>Sorry, but AADSTS50011: The redirect URI …</html>", "50011"),
        ("AADSTS: nothing", ""),
        ("", ""),
    ],
)
def test_the_number_is_found_in_any_text(description: str, number: str) -> None:
    assert find_number(description) == number


@pytest.mark.parametrize("number", ["7000215", "7000222", "700016", "90002", "700027", "50011", "700213"])
def test_a_known_number_has_a_sentence_and_a_remedy(number: str) -> None:
    explained = explain(number, **NAMES)
    assert explained is not None
    assert all(text.endswith(".") and "{" not in text for text in explained)


def test_an_unknown_number_is_not_guessed_at() -> None:
    assert explain("99999999", **NAMES) is None

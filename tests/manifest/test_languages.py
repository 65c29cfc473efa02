"""What the Teams app says of itself in other languages, held against Microsoft's published schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from jsonschema_rs import Draft4Validator

from bot.commands.registry import COMMANDS
from bot.language import LANGUAGE_CODES, use_language
from manifest.package import App, Developer, build, menu
from manifest.texts import put
from tests.support.paths import DATA, MANIFEST_SCHEMA

DEVELOPER = Developer("Org", "https://org.test", "https://org.test/p", "https://org.test/t")
# https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.Localization.schema.json
# Of names, descriptions, bots and compose extensions 1.25 says the same.
SCHEMA = json.loads((DATA / "MicrosoftTeams.Localization.schema.json").read_text("utf-8"))
OTHERS = [code for code in LANGUAGE_CODES if code != "en"]


def app() -> App:
    return build(
        app_id="00000000-0000-4000-8000-00000000abcd",
        public_url="https://bridge.org.test",
        commands=COMMANDS,
        developer=DEVELOPER,
        version="1.2.3",
    )


@pytest.mark.parametrize("code", OTHERS)
def test_the_texts_are_valid_against_microsofts_schema(code: str) -> None:
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(app().languages[code])] == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_manifest_in_another_language_is_valid_too(code: str) -> None:
    made = app()
    texts = {place: text for place, text in made.languages[code].items() if place != "$schema"}
    put(made.manifest, texts)
    errors = Draft4Validator(json.loads(MANIFEST_SCHEMA.read_text("utf-8"))).iter_errors(made.manifest)
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_that_is_read_has_its_place(code: str) -> None:
    made = app()
    read = {place for place in texts_of(made.manifest) if re.search(r"(?:^name|description|title)", place)}
    # What is typed is the same in every language.
    typed = {place for place in read if re.fullmatch(r"bots.*\.title", place)}
    assert typed
    assert made.languages[code].keys() - {"$schema"} == read - typed


def test_a_language_that_teams_does_not_have_is_answered_in_english() -> None:
    info = app().manifest["localizationInfo"]
    assert info == {
        "defaultLanguageTag": "en",
        "additionalLanguages": [{"languageTag": code, "file": f"{code}.json"} for code in OTHERS],
    }


def test_the_manifest_is_in_english_whoever_makes_it() -> None:
    english = app()
    with use_language("de"):
        assert app() == english
    assert english.manifest["name"] == {
        "short": "Bridge for Jira",
        "full": "Bridge for Jira: work in Jira as yourself",
    }


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("kind", ["personal", "channel", "groupChat"])
def test_the_menus_keep_the_limits(code: str, kind: str) -> None:
    with use_language(code):
        entries = menu(COMMANDS, kind)
    for entry in entries:
        assert 0 < len(entry["description"]) <= 128
        assert not entry["description"].endswith("…"), entry["description"]


def test_the_menus_are_in_german() -> None:
    """Each is another text than the English one: what was not translated would be English."""
    made = app()
    english, german = texts_of(made.manifest), made.languages["de"]
    same = {place for place in german if place != "$schema" and german[place] == english[place]}
    assert same == {"name.short"}


@pytest.mark.parametrize("place", ["nowhere.short", "bots[9].title", "description.short.deeper.still", "[0].x"])
def test_a_text_without_a_place_is_a_mistake(place: str) -> None:
    with pytest.raises((LookupError, TypeError)):
        put(app().manifest, {place: "Text"})


def texts_of(part: object, place: str = "") -> Mapping[str, str]:
    if isinstance(part, str):
        return {place: part}
    if isinstance(part, list):
        inner = {f"{place}[{index}]": one for index, one in enumerate(part)}
    elif isinstance(part, dict):
        inner = {f"{place}.{name}".lstrip("."): one for name, one in part.items()}
    else:
        inner = {}
    return {name: text for at, one in inner.items() for name, text in texts_of(one, at).items()}

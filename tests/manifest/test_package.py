"""The Teams app manifest, held against Microsoft's published schema, and its zip."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator

from bot.commands.registry import COMMANDS
from manifest.package import App, Developer, build, menu, to_zip, write_zip
from tests.support.json_path import at
from tests.support.paths import MANIFEST_SCHEMA

APP_ID = "00000000-0000-4000-8000-00000000ABCD"
PUBLIC_URL = "https://jira-bot.example.com/bridge"
DEVELOPER = Developer(
    "Example Org", "https://example.com", "https://example.com/privacy", "https://example.com/terms"
)
# Microsoft's published schema: https://developer.microsoft.com/json-schemas/teams/v1.25/MicrosoftTeams.schema.json
SCHEMA = json.loads(MANIFEST_SCHEMA.read_text("utf-8"))
PLACEHOLDER = re.compile(r"\{\{|\$\{|(?i:todo|contoso|example\.)")


@dataclass(frozen=True)
class Typed:
    name: str
    usage: str = "usage"
    effect: str = "Effect."
    where: frozenset[str] = frozenset({"personal"})


def app(**changes: object) -> App:
    given = {
        "app_id": APP_ID,
        "public_url": PUBLIC_URL,
        "commands": COMMANDS,
        "developer": DEVELOPER,
        "version": "1.2.3",
        **changes,
    }
    return build(**given)  # type: ignore[arg-type]


def made(**changes: object) -> Mapping[str, object]:
    return app(**changes).manifest


def bot(manifest: Mapping[str, object]) -> dict[str, Any]:
    bot: dict[str, Any] = at(manifest, "bots", 0)
    return bot


def extension(manifest: Mapping[str, object]) -> dict[str, Any]:
    extension: dict[str, Any] = at(manifest, "composeExtensions", 0)
    return extension


def test_it_is_valid_against_microsofts_schema() -> None:
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(made())] == []


def test_the_schema_that_it_names_is_the_one_that_it_was_held_against() -> None:
    manifest = made()
    version = manifest["manifestVersion"]
    assert version == SCHEMA["properties"]["manifestVersion"]["const"]
    assert f"/v{version}/" in str(manifest["$schema"])


def test_the_ids_are_the_apps_own_and_stay() -> None:
    first, second = made(), made(app_id=APP_ID.lower())
    assert first == second
    assert {first["id"], bot(first)["botId"], extension(first)["botId"]} == {APP_ID.lower()}


def test_the_bot_is_offered_in_all_three_kinds_of_conversation() -> None:
    manifest = made()
    assert bot(manifest)["scopes"] == ["personal", "team", "groupChat"]
    lists = bot(manifest)["commandLists"]
    assert isinstance(lists, list)
    assert [each["scopes"] for each in lists] == [["personal"], ["team"], ["groupChat"]]


@pytest.mark.parametrize(
    ("kind", "own"), [("personal", "mine"), ("channel", "subscribe"), ("groupChat", "subscribe")]
)
def test_the_menus_of_the_real_command_table_keep_the_limits(kind: str, own: str) -> None:
    entries = menu(COMMANDS, kind)
    titles = [entry["title"] for entry in entries]
    assert titles[0] == "help"
    assert {"show", "move", own} <= set(titles)
    assert 8 <= len(entries) <= 12
    assert len(set(titles)) == len(titles)
    for entry in entries:
        assert 0 < len(entry["title"]) <= 32
        assert 0 < len(entry["description"]) <= 128
        assert not entry["description"].endswith("…")


def test_a_menu_has_only_what_can_be_typed_there() -> None:
    assert "subscribe" not in [entry["title"] for entry in menu(COMMANDS, "personal")]


@pytest.mark.parametrize(
    ("command", "description"),
    [
        (Typed("help", usage="help"), "Effect."),
        (Typed("help", usage="help [command]"), "Effect: help [command]"),
        (Typed("help", usage="help " + "x" * 120), "Effect."),
        (Typed("help", effect="x" * 200), "x" * 127 + "…"),
    ],
)
def test_an_entry_says_what_a_command_does_and_how_it_is_typed(command: Typed, description: str) -> None:
    assert menu([command], "personal") == [{"title": "help", "description": description}]


def test_search_and_unfurling_are_offered() -> None:
    manifest = made(link_domains=["jira.example.org", "*.atlassian.net"])
    search = at(extension(manifest), "commands", 0)
    assert (search["id"], search["type"], search["context"]) == (
        "searchIssues",
        "query",
        ["compose", "commandBox"],
    )
    assert [parameter["name"] for parameter in search["parameters"]] == ["query"]
    assert extension(manifest)["messageHandlers"] == [
        {"type": "link", "value": {"domains": ["*.atlassian.net", "jira.example.org"]}}
    ]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (PUBLIC_URL, "jira-bot.example.com"),
        ("https://Bot.azurewebsites.net/", "bot.azurewebsites.net"),
        ("http://127.0.0.1:3978", "127.0.0.1:3978"),
    ],
)
def test_the_only_valid_domain_is_the_bridges_own_host_without_a_wildcard(url: str, host: str) -> None:
    assert made(public_url=url)["validDomains"] == [host]


def test_no_placeholder_is_left() -> None:
    developer = Developer("Org", "https://org.test", "https://org.test/p", "https://org.test/t")
    text = json.dumps(made(public_url="https://bridge.org.test", developer=developer))
    assert PLACEHOLDER.findall(text) == []


@pytest.mark.parametrize("wrong", [{"app_id": "my-app"}, {"app_id": ""}, {"public_url": "jira-bot.example.com"}])
def test_what_cannot_be_installed_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        made(**wrong)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x" * 33}, {"terms": "http://example.com"}])
def test_a_developer_must_be_nameable(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="developer"):
        Developer(**{"name": "Org", "website": "https://a", "privacy": "https://b", "terms": "https://c", **wrong})


def test_the_zip_has_manifest_and_icons_at_its_root(tmp_path: Path) -> None:
    path = tmp_path / "build/teams-app.zip"
    write_zip(path, app())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "color.png", "outline.png", "de.json"]
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest == made()
        assert set(manifest["icons"].values()) == {"color.png", "outline.png"}
        assert [each["file"] for each in manifest["localizationInfo"]["additionalLanguages"]] == ["de.json"]
        assert json.loads(archive.read("de.json")) == app().languages["de"]


def test_the_same_manifest_gives_the_same_bytes() -> None:
    first = to_zip(app())
    assert first == to_zip(app())
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert first != to_zip(app(version="1.2.4"))

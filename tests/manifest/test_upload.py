"""The package is one that Teams takes: the rules that no schema holds (`sandbox.teams_package`)."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.commands.registry import COMMANDS
from manifest.package import Developer, build, to_zip
from sandbox.teams_package import CHANNEL_FEATURES, refusals
from tests.support.world import running

Files = dict[str, bytes]


def package(**changes: object) -> bytes:
    given = {
        "app_id": "00000000-0000-4000-8000-00000000abcd",
        "public_url": "https://jira-bot.example.com/bridge",
        "commands": COMMANDS,
        "developer": Developer("Example Ltd", "https://a.test", "https://a.test/privacy", "https://a.test/terms"),
        "version": "1.2.3",
        **changes,
    }
    return to_zip(build(**given))  # type: ignore[arg-type]


def test_teams_takes_the_package() -> None:
    assert refusals(package()) == []


def changed(change: Callable[[dict[str, Any], Files], object]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    change(manifest, files)
    files["manifest.json"] = json.dumps(manifest).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def resized(files: Files, name: str) -> None:
    files[name] = files[name][:16] + struct.pack(">II", 96, 96) + files[name][24:]


def made_opaque(files: Files, name: str) -> None:
    files[name] = files[name][:25] + b"\x02" + files[name][26:]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m, _: m.pop("supportsChannelFeatures"), CHANNEL_FEATURES),
        (lambda _, f: resized(f, "color.png"), "color icon"),
        (lambda _, f: resized(f, "outline.png"), "outline icon"),
        (lambda _, f: made_opaque(f, "outline.png"), "transparent"),
        (lambda m, _: m["validDomains"].append("*.azurewebsites.net"), "wildcard"),
        (lambda m, _: m["validDomains"].append("*.com"), "wildcard"),
        (lambda m, _: m["validDomains"].append("https://a.test"), "without scheme"),
        (lambda m, _: m["validDomains"].append("a.test/path"), "without scheme"),
        (lambda m, _: m["bots"][0]["commandLists"].append(m["bots"][0]["commandLists"][0]), "lists"),
        (lambda m, _: m["bots"][0]["commandLists"][0]["commands"].extend([{"title": "x"}] * 13), "1 to 12"),
        (lambda m, _: m["bots"][0]["commandLists"][0]["commands"][0].update(title="x" * 33), "too long"),
        (lambda m, _: m["bots"][0]["commandLists"][0]["commands"][0].update(description="x" * 129), "too long"),
        (lambda m, _: m["bots"][0].update(scopes=["team"]), "scope"),
        (lambda m, _: m["composeExtensions"][0]["commands"][0].pop("parameters"), "parameters"),
        (lambda m, _: m["composeExtensions"][0].update(botId="other"), "different bots"),
        (lambda m, _: m.update(id="00000000-0000-0000-0000-000000000000"), "id is empty"),
        (lambda m, _: m["developer"].update(privacyUrl="http://a.test"), "privacyUrl"),
        (lambda _, f: f.pop("de.json"), "de.json"),
    ],
)
def test_teams_refuses_what_its_schema_lets_pass(
    change: Callable[[dict[str, Any], Files], object], reason: str
) -> None:
    assert any(reason in refusal for refusal in refusals(changed(change)))


def test_what_is_no_package_is_refused() -> None:
    assert refusals(b"") == refusals(b"PK") != []


@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_addresses_that_the_manifest_names_unless_told_otherwise_are_pages(
    tmp_path: Path, language: str
) -> None:
    """Teams opens them for whoever reads about the app; its validation asks for a page behind each."""
    async with running(tmp_path) as world, aiohttp.ClientSession() as session:
        own = Developer.of_bridge("Example Ltd", world.url.replace("http:", "https:"))
        for address in (own.website, own.privacy, own.terms):
            url = address.replace("https:", "http:")
            async with session.get(url, headers={"Accept-Language": language}) as response:
                assert response.status == 200, url
                assert response.content_type == "text/html"
                assert f'lang="{language}"' in await response.text()

"""Builds the Teams app manifest and its zip.

`template.json` holds what is the same for every installation, `texts` what people read. Limits are those of
Microsoft's published schema 1.25 and of
https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema.
"""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from bot.language import tr, use_language
from manifest.texts import LANGUAGES, own_texts, put

MAX_DESCRIPTION = 128
"""Characters of a menu entry's description. A menu has at most twelve entries."""
JIRA_CLOUD = "*.atlassian.net"
_VERSION = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}", re.ASCII)

_TEXTS_SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.25/MicrosoftTeams.Localization.schema.json"
_FOLDER = Path(__file__).parent
_ICONS = ("color.png", "outline.png")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

_SCOPES = {"personal": "personal", "channel": "team", "groupChat": "groupChat"}
"""Kind of conversation -> the manifest's name for it."""

_MENUS = {
    "personal": "help mine show create search move assign comment log recent notify connect",
    "channel": "help subscribe subscriptions unsubscribe pause resume show create search move assign comment",
    "groupChat": "help show create search move assign comment log mine subscribe subscriptions connect",
}
"""Kind of conversation -> the commands that Teams offers there while somebody types, the most useful first."""


class Command(Protocol):
    """A command of the bot."""

    @property
    def name(self) -> str:
        """The word it starts with."""

    @property
    def usage(self) -> str:
        """The name with its arguments."""

    @property
    def effect(self) -> str:
        """One English sentence, to be translated."""

    @property
    def where(self) -> Collection[str]:
        """Some of `personal`, `groupChat`, `channel`."""


@dataclass(frozen=True, slots=True)
class Developer:
    """Who is responsible for this installation, as Teams shows it. The addresses are https."""

    name: str
    website: str
    privacy: str
    terms: str

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= 32:
            raise ValueError("The developer's name must have 1 to 32 characters.")
        if not all(url.startswith("https://") for url in (self.website, self.privacy, self.terms)):
            raise ValueError("The developer's addresses must start with https://.")

    @classmethod
    def of_bridge(
        cls, name: str, site: str, *, website: str = "", privacy: str = "", terms: str = ""
    ) -> Developer:
        """Return a developer whose missing addresses are the pages that the bridge at `site` serves itself."""
        return cls(name, website or f"{site}/", privacy or f"{site}/privacy", terms or f"{site}/terms")


@dataclass(frozen=True, slots=True)
class App:
    """The manifest, and its texts in other languages by their codes."""

    manifest: Mapping[str, object]
    languages: Mapping[str, Mapping[str, str]]


def build(
    *,
    app_id: str,
    public_url: str,
    commands: Iterable[Command],
    developer: Developer,
    version: str,
    link_domains: Iterable[str] = (),
) -> App:
    """Build the app of one installation. `app_id` is the id of the bot's registration.

    `link_domains` are hosts of Jira sites with a custom domain, whose links are unfurled, too. Raises `ValueError`
    for an `app_id` that is no GUID, a `public_url` without a host or a malformed `version`.
    """
    if not _VERSION.fullmatch(version):
        raise ValueError("The app's version must be three numbers, like 1.0.0.")
    app_id = str(uuid.UUID(app_id))
    table = tuple(commands)
    manifest: dict[str, object] = json.loads((_FOLDER / "template.json").read_text("utf-8"))
    [bot] = _objects(manifest["bots"])
    [extension] = _objects(manifest["composeExtensions"])
    bot["botId"] = extension["botId"] = app_id
    put(manifest, own_texts("en"))
    with use_language("en"):
        bot["commandLists"] = [{"scopes": [name], "commands": menu(table, kind)} for kind, name in _SCOPES.items()]
    domains = list(dict.fromkeys([JIRA_CLOUD, *link_domains]))
    extension["messageHandlers"] = [{"type": "link", "value": {"domains": domains}}]
    manifest |= {
        "id": app_id,
        "version": version,
        "developer": {
            "name": developer.name,
            "websiteUrl": developer.website,
            "privacyUrl": developer.privacy,
            "termsOfUseUrl": developer.terms,
        },
        "validDomains": [_host(public_url)],
        "localizationInfo": {
            "defaultLanguageTag": "en",
            "additionalLanguages": [{"languageTag": code, "file": f"{code}.json"} for code in LANGUAGES],
        },
    }
    return App(manifest, {code: _texts(table, code) for code in LANGUAGES})


def menu(commands: Iterable[Command], kind: str) -> list[dict[str, str]]:
    """Return the menu for one kind of conversation, in the current language."""
    here = {command.name: command for command in commands if kind in command.where}
    chosen = [here[name] for name in _MENUS[kind].split() if name in here]
    return [{"title": c.name, "description": _describe(c)} for c in chosen]


def _texts(commands: Sequence[Command], code: str) -> dict[str, str]:
    """Return all texts in one language. Titles of commands stay: they are typed as they are."""
    with use_language(code):
        menus = {
            f"bots[0].commandLists[{place}].commands[{row}].description": entry["description"]
            for place, kind in enumerate(_SCOPES)
            for row, entry in enumerate(menu(commands, kind))
        }
    return {"$schema": _TEXTS_SCHEMA, **own_texts(code), **menus}


def to_zip(app: App) -> bytes:
    """Return the installable zip; the same app gives the same bytes."""
    files = {"manifest.json": _json(app.manifest), **{name: (_FOLDER / name).read_bytes() for name in _ICONS}}
    files |= {f"{code}.json": _json(texts) for code, texts in app.languages.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def write_zip(path: Path, app: App) -> None:
    """Write the zip, and its folder if that is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_zip(app))


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _describe(command: Command) -> str:
    """Describe effect and usage; a usage that does not fit is left out."""
    effect = tr(command.effect)
    both = f"{effect.rstrip('.')}: {command.usage}"
    text = both if command.usage != command.name and len(both) <= MAX_DESCRIPTION else effect
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1]}…"


def _host(url: str) -> str:
    """Return host and port, as `validDomains` wants them: no scheme, no path."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    if not host:
        raise ValueError("The public address has no host.")
    return host.lower()


def _objects(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError("template.json: bots and composeExtensions are lists of objects.")
    return value

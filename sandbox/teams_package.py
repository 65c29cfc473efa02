"""The upload of an app package: what Teams refuses, beside what the manifest's JSON schema already does.

Rules without another source are those of
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package and
https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema.
"""

from __future__ import annotations

import io
import json
import re
import struct
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.model import Json

CHANNEL_FEATURES = (
    "Applications with manifest version 1.25 or higher that support the 'team' scope must include the "
    "'supportsChannelFeatures' property."
)
"""As Teams says it when the property is missing (microsoft-365-agents-toolkit, pull request 15358)."""
SHARED_HOSTS = (
    "azurewebsites.net",
    "azurefd.net",
    "azurestaticapps.net",
    "cloudapp.azure.com",
    "github.io",
    "ngrok.io",
    "ngrok-free.app",
    "onmicrosoft.com",
    "sharepoint.com",
    "trafficmanager.net",
    "devtunnels.ms",
)
"""Hosts below which anybody can have a name: none of them may be allowed as a whole."""
ICON_SIZES = {"color": (192, 192), "outline": (32, 32)}
MAX_COMMAND_LISTS, MAX_COMMANDS, MAX_TITLE, MAX_MENU_DESCRIPTION = 3, 12, 32, 128
MAX_EXTENSION_COMMANDS = 10
MAX_PARAMETERS = 5
_PNG = b"\x89PNG\r\n\x1a\n"
_WITH_ALPHA = 6
_HOST = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Package:
    manifest: Json
    files: dict[str, bytes]

    def objects(self, name: str) -> list[Json]:
        """Return a list of the manifest."""
        return _objects(self.manifest.get(name))


def refusals(package: bytes) -> list[str]:
    """Return why Teams would not take this package; empty if it would."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files["manifest.json"])
    except (zipfile.BadZipFile, KeyError, ValueError):
        return ["The package has no readable manifest.json at its root."]
    read = _Package(manifest, files)
    return [reason for rule in _RULES for reason in rule(read)]


def _channel_features(package: _Package) -> Iterator[str]:
    major, _, minor = str(package.manifest.get("manifestVersion")).partition(".")
    is_new = (int(major), int(minor or 0)) >= (1, 25) if major.isdigit() and minor.isdigit() else True
    in_team = any("team" in _texts(bot.get("scopes")) for bot in package.objects("bots"))
    if is_new and in_team and package.manifest.get("supportsChannelFeatures") != "tier1":
        yield CHANNEL_FEATURES


def _identity(package: _Package) -> Iterator[str]:
    named = {str(part.get("botId")) for kind in ("bots", "composeExtensions") for part in package.objects(kind)}
    try:
        if not uuid.UUID(str(package.manifest.get("id"))).int:
            yield "The app's id is empty."
    except ValueError:
        yield "The app's id is no GUID."
    if len(named) > 1:
        yield "Bot and message extension name different bots."


def _icons(package: _Package) -> Iterator[str]:
    icons = package.manifest.get("icons")
    for kind, size in ICON_SIZES.items():
        icon = package.files.get(str(icons.get(kind)) if isinstance(icons, dict) else "", b"")
        if icon[:8] != _PNG or struct.unpack(">II", icon[16:24]) != size:
            yield f"The {kind} icon must be a PNG of {size[0]}x{size[1]} pixels."
        elif kind == "outline" and icon[25] != _WITH_ALPHA:
            yield "The outline icon must have a transparent background."


def _domains(package: _Package) -> Iterator[str]:
    handlers = [h for e in package.objects("composeExtensions") for h in _objects(e.get("messageHandlers"))]
    values = [handler.get("value") for handler in handlers]
    unfurled = [d for value in values if isinstance(value, dict) for d in _texts(value.get("domains"))]
    for domain in [*_texts(package.manifest.get("validDomains")), *unfurled]:
        if not _HOST.fullmatch(domain):
            yield f"{domain}: a domain is a host in lower case, without scheme and path."
        elif domain.startswith("*.") and (domain[2:] in SHARED_HOSTS or "." not in domain[2:]):
            yield f"{domain}: no wildcard for a host that is shared with others."


def _menus(package: _Package) -> Iterator[str]:
    for bot in package.objects("bots"):
        lists = _objects(bot.get("commandLists"))
        if len(lists) > MAX_COMMAND_LISTS:
            yield f"A bot has at most {MAX_COMMAND_LISTS} lists of commands."
        for scope, count in Counter(s for each in lists for s in _texts(each.get("scopes"))).items():
            if count > 1 or scope not in _texts(bot.get("scopes")):
                yield f"commandLists: {scope} is named twice, or is no scope of the bot."
        for each in lists:
            yield from _menu(_objects(each.get("commands")))


def _menu(commands: list[Json]) -> Iterator[str]:
    titles = [str(command.get("title")) for command in commands]
    if not 0 < len(commands) <= MAX_COMMANDS or len(set(titles)) < len(titles):
        yield f"A list has 1 to {MAX_COMMANDS} commands of different titles."
    for command in commands:
        title, description = str(command.get("title") or ""), str(command.get("description") or "")
        if not 0 < len(title) <= MAX_TITLE or not 0 < len(description) <= MAX_MENU_DESCRIPTION:
            yield f"{title}: title or description of a command is empty or too long."


def _extensions(package: _Package) -> Iterator[str]:
    for extension in package.objects("composeExtensions"):
        commands = _objects(extension.get("commands"))
        if not 0 < len(commands) <= MAX_EXTENSION_COMMANDS:
            yield f"A message extension has 1 to {MAX_EXTENSION_COMMANDS} commands."
        for command in commands:
            parameters = _objects(command.get("parameters"))
            if len(parameters) > MAX_PARAMETERS or not (parameters or command.get("fetchTask") is True):
                yield f"{command.get('id')}: a command has 1 to {MAX_PARAMETERS} parameters, or fetchTask."


def _developer(package: _Package) -> Iterator[str]:
    developer = package.manifest.get("developer")
    for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        parts = urlsplit(str(developer.get(name)) if isinstance(developer, dict) else "")
        if parts.scheme != "https" or not parts.hostname:
            yield f"developer.{name} must be an https:// address."


def _languages(package: _Package) -> Iterator[str]:
    info = package.manifest.get("localizationInfo")
    for language in _objects(info.get("additionalLanguages") if isinstance(info, dict) else None):
        if str(language.get("file")) not in package.files:
            yield f"The package has no {language.get('file')}."


_RULES: tuple[Callable[[_Package], Iterator[str]], ...] = (
    _channel_features,
    _identity,
    _icons,
    _domains,
    _menus,
    _extensions,
    _developer,
    _languages,
)


def _objects(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

"""`manifest`: writes the installable Teams app, whose content `manifest.package` decides."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.admin.output import Output
from bot.commands import registry
from bot.config.settings import Settings
from manifest import package


class PackageError(Exception):
    """The package cannot be written. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class ManifestOptions:
    """What the settings do not say of an app. Addresses that are empty are pages of the bridge's own."""

    output: Path
    developer: str
    website: str = ""
    privacy: str = ""
    terms: str = ""
    link_domains: tuple[str, ...] = ()
    version: str = "1.0.0"


def read_options(options: argparse.Namespace) -> ManifestOptions:
    """Return what the command line says of an app."""
    return ManifestOptions(
        options.output,
        options.developer,
        options.website,
        options.privacy,
        options.terms,
        tuple(options.link_domain),
        options.app_version,
    )


def write_manifest(settings: Settings, options: ManifestOptions, output: Output) -> None:
    """Write the app's package. Raises `ValueError` for an option that is no good, and `PackageError`."""
    if not settings.base_url.startswith("https://"):
        print("PUBLIC_URL is not https://; Teams itself will not reach this app.", file=sys.stderr)  # noqa: T201
    site = f"https://{settings.base_url.partition('://')[2]}"
    manifest = package.build(
        app_id=settings.microsoft_app_id,
        public_url=site,
        commands=registry.COMMANDS,
        developer=package.Developer.of_bridge(
            options.developer, site, website=options.website, privacy=options.privacy, terms=options.terms
        ),
        version=options.version,
        link_domains=options.link_domains,
    )
    try:
        package.write_zip(options.output, manifest)
    except OSError as error:
        raise PackageError(f"{options.output} cannot be written ({error.strerror}).") from None
    output.print_result(f"{options.output} is ready: upload it in the Teams admin center.", written=options.output)

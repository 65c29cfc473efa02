"""`migrate`, `store copy`, `store backup` and `store restore`: the store as a whole."""

from __future__ import annotations

import asyncio
import os
import sys
from getpass import getpass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from bot.admin.output import Output
from bot.storage.base import parse_store_url
from bot.storage.copy import copy_store
from bot.storage.encryption import Keyring, check_existing_keys
from bot.storage.factory import back_up_store, has_store, migrate_store, open_store

NOTHING_TO_COPY = "There is nothing to copy in the store that FROM names."


async def migrate(url: str, output: Output) -> int:
    """Bring a PostgreSQL store's schema up to date. Raises `StoreError`."""
    if parse_store_url(url).is_embedded:
        output.print_result("STORE_URL is a TinyDB folder; it needs no migration.", applied=[])
        return 0
    applied = await migrate_store(url)
    sentence = "\n".join(f"applied {name}" for name in applied) or "The schema is up to date."
    output.print_result(sentence, applied=applied)
    return 0


def copy_urls(source: str, target: str) -> tuple[str, str]:
    """Return the URLs to copy from and to: as given, from the environment, or from a prompt.

    Raises `ValueError` if one has a password on the command line, is not given at all, or is the other.
    """
    urls = _copy_url("FROM", source), _copy_url("TO", target)
    if _is_same_store(*urls):
        raise ValueError("FROM and TO are the same store. Nothing was copied.")
    return urls


def _is_same_store(source: str, target: str) -> bool:
    """Whether two URLs name one store, as far as they say."""
    try:
        first, second = parse_store_url(source), parse_store_url(target)
    except ValueError:  # opening says what is wrong
        return False
    if first.is_embedded and second.is_embedded:
        return Path(first.path).resolve() == Path(second.path).resolve()
    return first == second


def _copy_url(name: str, given: str) -> str:
    variable = f"STORE_COPY_{name}"
    if given:
        if _may_hold_password(given):
            raise ValueError(
                f"{name} holds a password, and every user of this machine can read command lines. Nothing was "
                f"copied. Leave {name} out and set {variable}, or type it when you are asked."
            )
        return given
    if url := os.environ.get(variable, ""):
        return url
    if not sys.stdin.isatty():
        raise ValueError(f"{name} is missing: name a STORE_URL, or set {variable}.")
    return getpass(f"STORE_URL to copy {name.lower()} (not shown): ").strip()


def _may_hold_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
        names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        return parts.password is not None or bool(names & {"password", "sslpassword"})
    except ValueError:  # no URL at all: what it holds is not known
        return True


async def copy(source: str, target: str, output: Output, *, keyring: Keyring | None = None) -> int:
    """Copy everything from one store to another, empty one, if it was written with the keys of `keyring`.

    Raises `StoreError`, `WrongKeyError`, `ValueError`.
    """
    if not await asyncio.to_thread(has_store, source):
        raise ValueError(NOTHING_TO_COPY)
    origin, destination = open_store(source), open_store(target)
    await origin.open()
    try:
        if keyring is not None:
            await check_existing_keys(origin, keyring)
        await destination.open()
        try:
            count = await copy_store(origin, destination)
        finally:
            await destination.close()
    finally:
        await origin.close()
    if not count:
        raise ValueError(NOTHING_TO_COPY)
    output.print_result(f"{count} records and jobs copied. Nobody has to sign in again.", copied=count)
    return 0


async def back_up(url: str, folder: Path, output: Output) -> int:
    """Copy the embedded store, which may be in use, into a new folder. Raises `StoreError`, `ValueError`."""
    count = await back_up_store(url, folder)
    sentence = f"{folder} holds the store, with the grants of {count} people. Keep ENCRYPTION_KEYS elsewhere."
    output.print_result(sentence, folder=folder, people=count)
    return 0


async def restore(url: str, folder: Path, output: Output, keyring: Keyring) -> int:
    """Fill the empty store with a backup that `keyring` can decrypt; `folder` is absolute.

    Raises `StoreError`, `WrongKeyError`, `ValueError`.
    """
    backup = f"tinydb://{folder}"
    if not await asyncio.to_thread(has_store, backup):
        raise ValueError(f"{folder} is no folder with a backup.")
    if await asyncio.to_thread(_is_same_store, backup, url):
        raise ValueError(f"{folder} is the store that STORE_URL names. Nothing was copied.")
    return await copy(backup, url, output, keyring=keyring)

"""Parses the command line."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeAlias

PERSON = "TENANT_ID/OBJECT_ID"
_AGO = re.compile(r"(\d{1,5})([dh])", re.ASCII)
_PERSON_KEY = re.compile(r"[^/\s]+/[^/\s]+")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE | re.ASCII)
_URL = re.compile(r"[^\s'\"]*://.*", re.DOTALL)


class _Parser(argparse.ArgumentParser):
    """A parser that repeats no URL: one may hold a password, and errors end up in logs."""

    def error(self, message: str) -> NoReturn:
        super().error(_URL.sub("(a URL)", message))


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser. `command` is None for `serve`; only some commands have `action` and `name`."""
    as_json = _Parser(add_help=False)
    as_json.add_argument("--json", action="store_true", dest="as_json", help="print JSON, for programs")
    top = _Parser(description="Bridge for Jira: work in Jira from Microsoft Teams.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="run the bridge (also without any command)")
    demo = commands.add_parser("demo", help="run the bridge with a sandbox Jira and play a short conversation")
    demo.add_argument("--once", action="store_true", help="end after the conversation")
    demo.add_argument(
        "--port", type=_port, default=3978, help="the bridge's port; the sandbox takes ports above it"
    )
    check = commands.add_parser(
        "check", parents=[as_json], help="explain and judge every setting, reach every service"
    )
    check.add_argument("--list", action="store_true", dest="list_steps", help="print the steps of the set-up only")
    _add_setup(commands.add_parser("setup", help="ask for the settings, write .env, and print what to do where"))
    manifest = commands.add_parser("manifest", parents=[as_json], help="write the installable Teams app")
    manifest.add_argument("--output", "-o", type=Path, default=Path("build/teams-jira.zip"), help="where to")
    manifest.add_argument("--developer", default="Bridge for Jira", help="who answers for this installation")
    for name in ("website", "privacy", "terms"):
        manifest.add_argument(f"--{name}", default="", help=f"https address of the {name} page, else the bridge's")
    manifest.add_argument(
        "--link-domain",
        action="append",
        type=_domain,
        default=[],
        metavar="HOST",
        help="a custom domain of a Jira site, whose links get previews, too; may be repeated",
    )
    manifest.add_argument("--app-version", default="1.0.0", help="to be raised with each upload")
    keys = commands.add_parser("keys", parents=[as_json], help="print a new encryption key")
    keys.add_argument("action", nargs="?", choices=["rotate"], help="re-encrypt everything with the first key")
    commands.add_parser("migrate", parents=[as_json], help="bring a PostgreSQL store's schema up to date")
    _add_store_actions(commands.add_parser("store", help="move, back up or restore the whole store"), as_json)
    _add_record_actions(commands, as_json)
    audit = commands.add_parser("audit", parents=[as_json], help="what happened to whose account, and by whom")
    audit.add_argument("--person", type=_person, metavar=PERSON, help="only what concerns this person")
    audit.add_argument(
        "--since",
        metavar="TIME",
        type=_moment,
        default=0.0,
        help="only from then on: 2026-11-29, 2026-11-29T08:00Z, or 12h or 7d ago",
    )
    trace = commands.add_parser("trace", parents=[as_json], help="the life of one event, from its delivery on")
    trace.add_argument("name", metavar="DELIVERY", help="its name in the log, or Jira's identifier")
    return top


def _add_setup(setup: _Parser) -> None:
    setup.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="take the answers from this file (NAME=value lines), ask nothing",
    )
    setup.add_argument(
        "--output", "-o", type=Path, default=Path(), metavar="FOLDER", help="where .env and the other files go"
    )
    setup.add_argument(
        "--overwrite", action="store_true", help="with --answers: change values that .env has already"
    )
    setup.add_argument("--no-check", action="store_false", dest="checks", help="do not end with check")


def _port(text: str) -> int:
    """Parse a port that leaves room for the sandbox's ports above it."""
    if not text.isdecimal() or not 1 <= int(text) <= 65_500:
        raise argparse.ArgumentTypeError("a port from 1 to 65500")
    return int(text)


def _domain(text: str) -> str:
    """Parse the host name of a Jira site, without scheme, port and path; `*.` may stand before it."""
    if len(text) > 253 or not _DOMAIN.fullmatch(text):
        raise argparse.ArgumentTypeError("a host name alone, as jira.example.com")
    return text


def _person(text: str) -> str:
    """Parse the key of a person (`bot.chat.identity.Person`)."""
    if not _PERSON_KEY.fullmatch(text):
        raise argparse.ArgumentTypeError(f"a person is {PERSON}, as `people list` shows it")
    return text.lower()


def _moment(text: str) -> float:
    """Parse a time, UTC unless it says otherwise, or how long ago it was; return Unix seconds."""
    if match := _AGO.fullmatch(text):
        return time.time() - int(match[1]) * (86_400 if match[2] == "d" else 3_600)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a time as 2026-11-29 or 2026-11-29T08:00Z, or as 12h or 7d") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _add_store_actions(command: _Parser, as_json: _Parser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    copy = actions.add_parser("copy", parents=[as_json], help="move it to another engine")
    for name, metavar, what in (
        ("source", "FROM", "a STORE_URL"),
        ("target", "TO", "a STORE_URL of an empty store"),
    ):
        help_text = f"{what} without a password; left out, it is taken from STORE_COPY_{metavar}, or asked for"
        copy.add_argument(name, nargs="?", default="", metavar=metavar, help=help_text)
    backup = actions.add_parser(
        "backup", parents=[as_json], help="copy it to a new folder, also while the bridge runs"
    )
    backup.add_argument("folder", type=_absolute, metavar="DIR")
    restore = actions.add_parser("restore", parents=[as_json], help="fill the empty store with a backup")
    restore.add_argument("folder", type=_absolute, metavar="DIR")


def _add_record_actions(commands: _Commands, as_json: _Parser) -> None:
    """Add the commands that list records, and do something to one of them."""

    def add(command: str, help_text: str, metavar: str, actions: Mapping[str, str]) -> _Commands:
        parser = commands.add_parser(command, help=help_text)
        subparsers = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
        for action, effect in actions.items():
            action_parser = subparsers.add_parser(action, parents=[as_json], help=effect)
            if action != "list":
                action_parser.add_argument("name", type=_person if metavar == PERSON else str, metavar=metavar)
        return subparsers

    add(
        "accounts",
        "who is linked",
        PERSON,
        {"list": "list the linked accounts", "remove": "remove one person's link"},
    )
    add(
        "people",
        "everybody of whom something is stored",
        PERSON,
        {
            "list": "list everybody",
            "show": "show what is stored about one person, without tokens",
            "forget": "remove what is stored about one person, their subscriptions too",
        },
    )
    subscriptions = add(
        "subscriptions",
        "the subscriptions of all conversations",
        "ID",
        {"list": "list them", "remove": "remove one"},
    )
    subscriptions.choices["list"].add_argument(
        "--person", type=_person, metavar=PERSON, help="only those that this person owns"
    )
    add(
        "outbox",
        "messages that could not be delivered",
        "ID",
        {"list": "list them", "retry": "try to deliver one again", "drop": "forget one"},
    )

"""Parses the command line."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NoReturn

_URL = re.compile(r"[^\s'\"]*://.*", re.DOTALL)


class _Parser(argparse.ArgumentParser):
    """A parser that repeats no URL: one may hold a password, and errors end up in logs."""

    def error(self, message: str) -> NoReturn:
        super().error(_URL.sub("(a URL)", message))


def make_parser() -> argparse.ArgumentParser:
    """Return the parser. `command` is None for `serve`; only some commands have `action` and `name`."""
    top = _Parser(description="Bridge for Jira: work in Jira from Microsoft Teams.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="run the bridge (also without any command)")
    demo = commands.add_parser("demo", help="run the bridge with a sandbox Jira and play a short conversation")
    demo.add_argument("--once", action="store_true", help="end after the conversation")
    demo.add_argument(
        "--port", type=_port, default=3978, help="the bridge's port; the sandbox takes ports above it"
    )
    commands.add_parser("check", help="explain and judge every setting, reach every service")
    manifest = commands.add_parser("manifest", help="write the installable Teams app")
    manifest.add_argument("--output", "-o", type=Path, default=Path("build/teams-jira.zip"), help="where to")
    manifest.add_argument("--developer", default="Bridge for Jira", help="who answers for this installation")
    for name in ("website", "privacy", "terms"):
        manifest.add_argument(f"--{name}", default="", help=f"https address of the {name} page, else the bridge's")
    manifest.add_argument("--app-version", default="1.0.0", help="to be raised with each upload")
    keys = commands.add_parser("keys", help="print a new encryption key")
    keys.add_argument("action", nargs="?", choices=["rotate"], help="re-encrypt everything with the first key")
    commands.add_parser("migrate", help="bring a PostgreSQL store's schema up to date")
    _add_store_actions(commands.add_parser("store", help="move, back up or restore the whole store"))
    _add_list_actions(
        commands.add_parser("accounts", help="who is linked"), "remove", help_name="TENANT/OBJECT-ID"
    )
    _add_list_actions(
        commands.add_parser("outbox", help="messages that could not be delivered"), "retry", "drop", help_name="ID"
    )
    trace = commands.add_parser("trace", help="the life of one event, from its delivery on")
    trace.add_argument("name", metavar="DELIVERY", help="its name in the log, or Jira's identifier")
    trace.set_defaults(action="")
    return top


def _port(text: str) -> int:
    """Parse a port that leaves room for the sandbox's ports above it."""
    if not text.isdecimal() or not 1 <= int(text) <= 65_500:
        raise argparse.ArgumentTypeError("a port from 1 to 65500")
    return int(text)


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _add_store_actions(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    copy = actions.add_parser("copy", help="move it to another engine")
    for name, metavar, what in (
        ("source", "FROM", "a STORE_URL"),
        ("target", "TO", "a STORE_URL of an empty store"),
    ):
        help_text = f"{what} without a password; left out, it is taken from STORE_COPY_{metavar}, or asked for"
        copy.add_argument(name, nargs="?", default="", metavar=metavar, help=help_text)
    backup = actions.add_parser("backup", help="copy it to a new folder, also while the bridge runs")
    backup.add_argument("folder", type=_absolute, metavar="DIR")
    restore = actions.add_parser("restore", help="fill the empty store with a backup")
    restore.add_argument("folder", type=_absolute, metavar="DIR")


def _add_list_actions(command: argparse.ArgumentParser, *actions: str, help_name: str) -> None:
    subparsers = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    subparsers.add_parser("list", help="show them")
    for action in actions:
        parser = subparsers.add_parser(action, help=f"{action} one")
        parser.add_argument("name", metavar=help_name)

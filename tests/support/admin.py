"""Commands of `bot.admin` on an open store, and over app.py."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from bot.accounts.audit import AuditLog
from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import TOKEN_TIMEOUT, TokenAnswer, TokenUnavailable
from bot.admin import cli
from bot.admin.commands import find_action
from bot.admin.output import Output
from bot.admin.toolbox import Toolbox
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from bot.storage.encryption import Keyring, new_key
from tests.support.app_process import outputs_of


class NoSignIn:
    """A sign-in that is away."""

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        return TokenUnavailable("away")


async def run_action(store: Store, *words: str) -> tuple[int, str]:
    """Run a command on a store that is open here; its exit status and what it printed."""
    console = Console(file=io.StringIO(), width=200)
    options = cli.make_parser().parse_args(words)
    action = find_action(options)
    keyring = Keyring([new_key()])
    tools = Toolbox(
        store,
        GrantVault(store, keyring, NoSignIn()),
        Subscriptions(store),
        AuditLog(store),
        keyring,
        Output(console, as_json=options.as_json),
    )
    status = await action.run(tools, options)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return status, text


async def json_of(environment: dict[str, str], *words: str) -> Any:
    """Run app.py with `--json`; what it printed. It has to succeed."""
    status, out, errors = await outputs_of(environment, *words, "--json")
    assert status == 0, errors
    return json.loads(out)

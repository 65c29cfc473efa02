"""The command line imports what the command needs, so that it answers at once."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.paths import ROOT

IMPORTED = """
import contextlib, io, json, sys
import app

def heavy():
    return [name for name in {names!r} if name in sys.modules]

with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    app.main(["--help"])
of_help = heavy()
app.main(["keys"])
of_keys = heavy()
import bot.admin.commands
print(json.dumps([of_help, of_keys, heavy()]))
"""
OF_SERVING = ["aiohttp", "authlib.oauth2", "bot.bootstrap", "bot.commands", "botbuilder", "jinja2", "jwt", "msal"]
OF_COMMANDS = ["asyncio", "bot.config.settings", "prometheus_client", "pydantic", "rich", "sqlite3", "structlog"]


def test_help_and_keys_import_nothing_heavy_and_commands_on_a_store_nothing_of_serving() -> None:
    code = IMPORTED.format(names=[*OF_SERVING, *OF_COMMANDS])
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    of_help, of_keys, of_store_commands = json.loads(printed.splitlines()[-1])
    assert (of_help, of_keys) == ([], [])
    assert set(of_store_commands) & {*OF_SERVING} == set()

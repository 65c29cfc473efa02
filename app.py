"""The command line. What a command needs is imported when it is asked for, so that none waits for the others."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bot.admin import cli
from bot.runtime.exit_status import EX_CANTCREAT, EX_CONFIG, EX_OSERR, EX_TEMPFAIL, EX_UNAVAILABLE, EX_USAGE

if TYPE_CHECKING:
    from bot.admin.output import Output
    from bot.config.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    try:
        status = _run_command(arguments)
        print(end="", flush=True)  # noqa: T201 - Python does that at its end too, and complains in its own way
    except BrokenPipeError:  # who reads, such as `head`, has read enough
        _discard_output()
        return 0
    except OSError as error:
        _discard_output()
        return _fail(EX_OSERR, f"The operating system reports an error: {error.strerror or error}.")
    return status


def _discard_output() -> None:
    """Throw away what cannot be written to standard output, or Python tries again at its end."""
    try:
        print(end="", flush=True)  # noqa: T201 - standard output may be closed, which `print` accepts
    except OSError:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _run_command(arguments: Sequence[str] | None) -> int:
    options = cli.make_parser().parse_args(arguments)
    match options.command:
        case "keys" if not options.action:
            return _print_key(options)
        case "demo":
            return _demo(options)
        case "check":
            return _check(options)
        case "setup":
            return _set_up(options)
        case "store" if options.action == "copy":
            return _copy_store(options)
    return _with_settings(options)


def _output(options: argparse.Namespace) -> Output:
    from rich.console import Console

    from bot.admin.output import Output

    return Output(Console(), as_json=getattr(options, "as_json", False))


def _print_key(options: argparse.Namespace) -> int:
    from bot.storage.encryption import new_key

    if options.as_json:
        _output(options).print_object({"key": new_key()})
    else:
        print(new_key())  # noqa: T201 - one bare line, for scripts
    return 0


def _check(options: argparse.Namespace) -> int:
    if options.list_steps:
        from bot.admin.step_list import list_steps

        return list_steps(_output(options))
    from bot.admin import check

    return _run(check.run(_output(options)))


def _set_up(options: argparse.Namespace) -> int:
    from bot.admin.setup import run

    try:
        return run.set_up(options, _output(options))
    except run.SetUpError as error:
        return _fail(error.status, *error.problems)


def _copy_store(options: argparse.Namespace) -> int:
    from bot.admin import stores

    try:
        source, target = stores.copy_urls(options.source, options.target)
    except ValueError as error:
        return _fail(EX_USAGE, str(error))
    return _run(stores.copy(source, target, _output(options)))


def _with_settings(options: argparse.Namespace) -> int:
    from bot.config.validation import ConfigError, load
    from bot.runtime.logging import configure

    try:
        settings = load()
    except ConfigError as error:
        return _fail(EX_CONFIG, *error.problems)
    configure(settings.log_level, settings.log_format)
    match options.command:
        case None | "serve":
            return _serve(settings)
        case "manifest":
            return _write_manifest(settings, options)
        case "migrate" | "store":
            return _change_store(settings, options)
    from bot.admin import commands

    return _run(commands.administer(settings, options, _output(options)))


def _serve(settings: Settings) -> int:
    from bot.runtime import memory

    memory.collect_less_often()
    from bot.serving import serve

    return _run(serve(settings))


def _write_manifest(settings: Settings, options: argparse.Namespace) -> int:
    from bot.admin import manifest_command

    try:
        manifest_command.write_manifest(settings, manifest_command.read_options(options), _output(options))
    except ValueError as error:
        return _fail(EX_USAGE, str(error))
    except manifest_command.PackageError as error:
        return _fail(EX_CANTCREAT, str(error))
    return 0


def _change_store(settings: Settings, options: argparse.Namespace) -> int:
    """Migrate, back up or restore the store as a whole."""
    from bot.admin import stores
    from bot.storage.encryption import Keyring

    url, output = settings.store_url.get_secret_value(), _output(options)
    if options.command == "migrate":
        return _run(stores.migrate(url, output))
    if options.action == "backup":
        return _run(stores.back_up(url, options.folder, output))
    return _run(stores.restore(url, options.folder, output, Keyring(settings.keys)))


def _demo(options: argparse.Namespace) -> int:
    from bot.runtime.logging import configure

    configure("WARNING", "console")
    return _run(_try_demo(once=options.once, port=options.port))


async def _try_demo(*, once: bool, port: int) -> int:
    """Play the demo, or say which option helps if another program listens on one of its ports."""
    try:
        return await _play_demo(once=once, port=port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        other = 4978 if port != 4978 else 5978
        how = f"--port {other} (with make: make demo ARGS='--port {other}')"
        return _fail(EX_CONFIG, f"Port {port} or one of the 22 ports above it is in use. Choose another: {how}")


async def _play_demo(*, once: bool, port: int) -> int:
    """Run the bridge with the sandbox on loopback: play one conversation, then stay up unless `once`."""
    import signal
    import tempfile

    from rich.console import Console

    from bot.bootstrap import create_app
    from bot.http import server
    from bot.http.lifespan import open_store_with_retry
    from bot.storage.encryption import Keyring
    from bot.storage.factory import open_store

    try:
        from sandbox import demo as demo_script
        from sandbox.server import Sandbox
        from sandbox.teams_server import Teams
    except ModuleNotFoundError as error:
        return _fail(EX_UNAVAILABLE, f"The demo needs {error.name}: pip install 'teams-jira-bridge[demo]'")

    console = Console()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="teams-jira-demo-"))
        sandbox = await stack.enter_async_context(Sandbox(webhook_url=f"{url}/jira/webhooks", port=port + 1))
        teams = await stack.enter_async_context(
            Teams(sandbox.settings()["MICROSOFT_APP_ID"], bot_url=f"{url}/api/messages", port=port + 20)
        )
        settings = _demo_settings(url, port, f"tinydb://{folder}/store", sandbox.settings())
        keyring = Keyring(settings.keys)
        store = open_store(settings.store_url.get_secret_value())
        await stack.enter_async_context(open_store_with_retry(store, keyring))
        app = await stack.enter_async_context(create_app(settings, store, keyring))
        await stack.enter_async_context(server.listening(app, settings.host, settings.port))
        try:
            await demo_script.play(teams, sandbox, console)
        except (demo_script.DemoError, TimeoutError) as error:
            console.print(f"[red]The demo failed:[/red] {error or 'nothing came in time'}")
            return 1
        if not once:
            with server.stop_signals(signal.SIGHUP) as stopping:  # SIGHUP: its terminal was closed
                demo_script.invite(console, bot_url=f"{url}/api/messages", board_url=sandbox.board_url)
                await stopping.wait()
    return 0


def _demo_settings(url: str, port: int, store_url: str, sandbox: Mapping[str, object]) -> Settings:
    from bot.config.validation import load
    from bot.storage.encryption import new_key

    values = {
        "host": "127.0.0.1",  # whatever the environment says: without authentication anybody could be anybody
        "port": port,
        "public_url": url,
        "bot_auth": "off",
        "store_url": store_url,
        "encryption_keys": new_key(),
        **{name.lower(): value for name, value in sandbox.items()},
    }
    return load(env_file=None, **values)


def _run(work: Coroutine[None, None, int]) -> int:
    """Run to the end, and turn what a start can fail with into an exit status and a sentence."""
    import asyncio

    from bot.config.validation import ConfigError
    from bot.http.listen_error import ListenError
    from bot.storage.base import StoreError, StoreLockedError, StoreUnavailableError
    from bot.storage.encryption import WrongKeyError

    try:
        return asyncio.run(work)
    except (StoreLockedError, StoreUnavailableError) as error:
        is_locked = isinstance(error, StoreLockedError)
        hint = " Stop that process first; several processes need PostgreSQL." if is_locked else ""
        return _fail(EX_TEMPFAIL, f"{error}{hint}")
    except (StoreError, WrongKeyError, ValueError) as error:
        return _fail(EX_CONFIG, str(error))
    except ConfigError as error:
        return _fail(EX_CONFIG, *error.problems)
    except ListenError as error:
        return _fail(EX_CONFIG, str(error))


def _fail(status: int, *problems: str) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201 - before logging is set up, and for people
    return status


if __name__ == "__main__":
    sys.exit(main())

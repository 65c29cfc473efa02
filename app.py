"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
from rich.console import Console

from bot.accounts.audit import AuditLog
from bot.accounts.grant_vault import GrantVault
from bot.accounts.renewal import DAY
from bot.admin import cli, commands, stores
from bot.admin.output import Output
from bot.admin.toolbox import Action, Toolbox
from bot.atlassian_identity import build_token_endpoint
from bot.config.settings import Settings
from bot.config.validation import EX_CONFIG, ConfigError, load
from bot.http import connections, server
from bot.http.client import open_session, tls_context
from bot.http.lifespan import open_store_with_retry
from bot.http.listen_error import ListenError
from bot.notifications.subscriptions.repository import Subscriptions
from bot.runtime import memory
from bot.runtime.logging import configure
from bot.storage.base import Store, StoreError, StoreLockedError, StoreUnavailableError, parse_store_url
from bot.storage.encryption import Keyring, WrongKeyError, new_key
from bot.storage.factory import open_store

EX_USAGE, EX_CANTCREAT = 2, 73
"""Exit statuses for an option that is no good (argparse's), and a file that cannot be written (sysexits.h)."""
EX_UNAVAILABLE = 69
"""Exit status for a part that is not installed (sysexits.h)."""
EX_OSERR = 71
"""Exit status for what the operating system refuses (sysexits.h), such as writing to a full disk."""
EX_TEMPFAIL = 75
"""Exit status for "another process holds the store" (sysexits.h)."""

log = structlog.get_logger("app")


def _make_store(settings: Settings, *, read_only: bool = False) -> Store:
    return open_store(settings.store_url.get_secret_value(), read_only=read_only)


@asynccontextmanager
async def _open_own_store(settings: Settings, keyring: Keyring) -> AsyncIterator[Store]:
    """Open the bridge's store. A database may come up later; a folder that cannot be used is a wrong setting.

    Raises what `open_store_with_retry` does, and `ConfigError` for such a folder.
    """
    is_embedded = parse_store_url(settings.store_url.get_secret_value()).is_embedded
    async with AsyncExitStack() as stack:
        try:
            opening = open_store_with_retry(_make_store(settings), keyring, wait=not is_embedded)
            store = await stack.enter_async_context(opening)
        except StoreUnavailableError as error:
            raise ConfigError([str(error)]) from None
        yield store


async def serve(settings: Settings) -> int:
    """Run until SIGTERM."""
    # Commands of the admin, and wrong settings, wait for no import of the whole bridge.
    from bot.bootstrap import create_app  # noqa: PLC0415
    from bot.reload import RELOADER, reloading_at_hangup  # noqa: PLC0415

    memory.tune_malloc()
    connections.raise_file_limit()
    keyring = Keyring(settings.keys)
    async with (
        _open_own_store(settings, keyring) as store,
        create_app(settings, store, keyring) as app,
        reloading_at_hangup(app[RELOADER]),
        server.serving_metrics(app, settings.metrics_endpoint),
        server.listening(app, settings.host, settings.port),
    ):
        memory.freeze_gc()
        with server.stop_signals() as stopping:
            log.info("ready", address=settings.address, public_url=settings.base_url)
            await stopping.wait()
    return 0


async def demo(*, once: bool, port: int) -> int:
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
    # Only the demo needs the sandbox; `serve` starts sooner and smaller without it.
    from bot.bootstrap import create_app  # noqa: PLC0415

    try:
        from sandbox import demo as demo_script  # noqa: PLC0415
        from sandbox.server import Sandbox  # noqa: PLC0415
        from sandbox.teams_server import Teams  # noqa: PLC0415
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
        store = await stack.enter_async_context(open_store_with_retry(_make_store(settings), keyring))
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


async def administer(settings: Settings, options: argparse.Namespace, action: Action, output: Output) -> int:
    """Run a command on the store; one that changes nothing also runs while the bridge has the store open."""
    keyring = Keyring(settings.keys)
    async with (
        open_store_with_retry(_make_store(settings, read_only=action.reads_only), keyring, wait=False) as store,
        open_session(tls_context(settings.ca_bundle)) as session,
    ):
        audit = AuditLog(store, retention=settings.audit_retention_days * DAY)
        vault = GrantVault(store, keyring, build_token_endpoint(settings, session), audit=audit)
        tools = Toolbox(store, vault, Subscriptions(store, audit=audit), audit, keyring, output)
        return await action.run(tools, options)


def write_manifest(settings: Settings, options: argparse.Namespace, output: Output) -> int:
    """Write the installable Teams app."""
    from bot.admin.manifest_file import ManifestOptions, PackageError, write_manifest  # noqa: PLC0415

    wanted = ManifestOptions(
        options.output,
        options.developer,
        options.website,
        options.privacy,
        options.terms,
        tuple(options.link_domain),
        options.app_version,
    )
    try:
        write_manifest(settings, wanted, output)
    except ValueError as error:
        return _fail(EX_USAGE, str(error))
    except PackageError as error:
        return _fail(EX_CANTCREAT, str(error))
    return 0


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
    output = Output(Console(), as_json=getattr(options, "as_json", False))
    match options.command:
        case "keys" if not options.action:
            return _print_key(output)
        case "demo":
            configure("WARNING", "console")
            return _run(demo(once=options.once, port=options.port))
        case "check":
            return _check(options, output)
        case "setup":
            return _set_up(options, output)
        case "store" if options.action == "copy":
            return _copy_store(options, output)
    return _with_settings(options, output)


def _check(options: argparse.Namespace, output: Output) -> int:
    from bot.admin import check  # noqa: PLC0415

    return check.list_steps(output) if options.list_steps else _run(check.run(output))


def _set_up(options: argparse.Namespace, output: Output) -> int:
    from bot.admin.setup import run  # noqa: PLC0415

    try:
        return run.set_up(options, output)
    except run.SetUpError as error:
        return _fail(error.status, *error.problems)


def _print_key(output: Output) -> int:
    if output.as_json:
        output.print_object({"key": new_key()})
    else:
        print(new_key())  # noqa: T201 - one bare line, for scripts
    return 0


def _copy_store(options: argparse.Namespace, output: Output) -> int:
    try:
        source, target = stores.copy_urls(options.source, options.target)
    except ValueError as error:
        return _fail(EX_USAGE, str(error))
    return _run(stores.copy(source, target, output))


def _with_settings(options: argparse.Namespace, output: Output) -> int:
    try:
        settings = load()
    except ConfigError as error:
        return _fail(EX_CONFIG, *error.problems)
    configure(settings.log_level, settings.log_format)
    match options.command:
        case "manifest":
            return write_manifest(settings, options, output)
        case "migrate":
            return _run(stores.migrate(settings.store_url.get_secret_value(), output))
        case "store":
            return _run(_back_up_or_restore(settings, options, output))
    if action := commands.find_action(options):
        return _run(administer(settings, options, action, output))
    return _run(serve(settings))


async def _back_up_or_restore(settings: Settings, options: argparse.Namespace, output: Output) -> int:
    url = settings.store_url.get_secret_value()
    if options.action == "backup":
        return await stores.back_up(url, options.folder, output)
    return await stores.restore(url, options.folder, output, Keyring(settings.keys))


def _run(work: Coroutine[None, None, int]) -> int:
    """Run to the end, and turn what a start can fail with into an exit status and a sentence."""
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
    _complain(*problems)
    return status


def _complain(*problems: str) -> None:
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201 - before logging is set up, and for people


if __name__ == "__main__":
    sys.exit(main())

"""An admin's mistakes: each of the table is made here, and gets its sentence, its remedy and its exit status."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import tempfile
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.storage.encryption import new_key
from sandbox.faults import Fault
from sandbox.managed_identity import ManagedIdentity
from tests.support.app_process import said_by, surroundings
from tests.support.mistakes import Arrangement, Stage, read_table
from tests.support.serving import serving
from tests.support.world import free_port

TABLE = read_table()
OTHER = "00000000-0000-4000-8000-000000000007"
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
SETTINGS: dict[str, dict[str, str | None]] = {
    "setting-missing": {"JIRA_CLIENT_ID": None},
    "setting-misspelt": {"MICROSOFT_APP_PASWORD": "s3cret-value"},
    "public-url-http": {"PUBLIC_URL": "http://jira-bot.example.com"},
    "app-id-name": {"MICROSOFT_APP_ID": "Bridge for Jira"},
    "credential-missing": {"MICROSOFT_APP_PASSWORD": None},
    "credential-twice": {"MICROSOFT_APP_CERTIFICATE": __file__},
    "certificate-missing": {"MICROSOFT_APP_PASSWORD": None, "MICROSOFT_APP_CERTIFICATE": "/nowhere.pem"},
    "tenants-foreign": {"MICROSOFT_AUTHORITY": None, "ALLOWED_TENANTS": OTHER},
    "identity-without-sign-in": {"MICROSOFT_APP_TYPE": "UserAssignedMSI", "MICROSOFT_APP_PASSWORD": None},
    "auth-off": {"BOT_AUTH": "off", "HOST": "0.0.0.0"},
    "scope-missing": {"JIRA_SCOPES": "read:jira-work write:jira-work read:jira-user"},
    "key-cut": {"ENCRYPTION_KEYS": new_key()[:-11]},
    "store-url": {"STORE_URL": "mysql://somebody:s3cret-value@db/jira"},
    "ca-bundle-missing": {"CA_BUNDLE": "/nowhere.pem"},
    "host-unknown": {"HOST": "no-such-host.invalid"},
    "host-unknown-checked": {"HOST": "no-such-host.invalid"},
    "host-elsewhere": {"HOST": "192.0.2.1"},
    "store-unusable": {"STORE_URL": "tinydb:///proc/foo"},
    "database-down": {"STORE_URL": "postgresql://somebody:s3cret-value@127.0.0.1:1/jira"},
    "secret-id": {"MICROSOFT_APP_PASSWORD": OTHER},
    "app-of-another-tenant": {"MICROSOFT_APP_ID": OTHER},
    "client-secret": {"JIRA_CLIENT_SECRET": "s3cret-value"},
    "firewall": {"ATLASSIAN_API_URL": "http://127.0.0.1:1"},
    "public-url-unknown": {"PUBLIC_URL": "https://jira-bot.invalid"},
    "webhook-secret-missing": {"JIRA_WEBHOOK_SECRET": None},
    "answer-secret-id": {"MICROSOFT_APP_PASSWORD": OTHER},
    "answer-api-token": {"JIRA_CLIENT_SECRET": "ATATTs3cret-value"},
    "answer-endpoint": {"PUBLIC_URL": "https://jira-bot.example.com/api/messages"},
    "answer-missing": {"JIRA_CLIENT_ID": None},
    "app-not-shared": {},
    "channel-missing": {},
    "public-url-localhost": {},
}
"""Mistakes that are settings alone."""


async def metrics_port(stage: Stage) -> None:
    stage.set(METRICS_ADDRESS=f"127.0.0.1:{stage.environment['PORT']}")


async def port_taken(stage: Stage) -> None:
    listener = stage.stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", int(stage.environment["PORT"])))
    listener.listen()


async def two_processes(stage: Stage) -> None:
    await stage.start_bridge()
    stage.set(PORT=str(free_port()))


async def wrong_key(stage: Stage) -> None:
    await stage.make_store()
    stage.set(ENCRYPTION_KEYS=new_key())


async def schema_too_new(stage: Stage) -> None:
    folder = await stage.make_store()
    with closing(sqlite3.connect(folder / "store.sqlite3")) as db:
        db.execute("PRAGMA user_version = 99")


async def not_a_store(stage: Stage) -> None:
    stage.set(STORE_URL=f"tinydb://{stage.folder / 'documents'}")
    (stage.folder / "documents").mkdir()
    (stage.folder / "documents" / "letter.txt").write_text("Dear …")


async def store_not_writable(stage: Stage) -> None:
    folder = Path(stage.stack.enter_context(tempfile.TemporaryDirectory()))  # pytest's are for one user alone
    (folder / "store").mkdir()
    for path, mode in ((stage.world.sandbox.ca_bundle.parent, 0o755), (folder, 0o755), (folder / "store", 0o555)):
        await asyncio.to_thread(path.chmod, mode)
    stage.set(STORE_URL=f"tinydb://{folder / 'store'}")
    if os.geteuid() == 0:
        stage.before = NOBODY


def small_disk(stage: Stage, size: str, then: str = "true") -> None:
    """Let the command see a disk of this size in the place of the folder; `then` runs before it."""
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("mounting takes root and unshare")
    folder = stage.folder / "disk"
    folder.mkdir()
    script = f'mount -t tmpfs -o size={size} tmpfs "$0" && mkdir "$0/store" && {then}; exec "$@"'
    stage.before = ("unshare", "--mount", "sh", "-c", script, str(folder))
    stage.set(STORE_URL=f"tinydb://{folder / 'store'}")


async def disk_full(stage: Stage) -> None:
    small_disk(stage, "64k", 'head -c 1M /dev/zero > "$0/filler" 2>/dev/null')


async def disk_nearly_full(stage: Stage) -> None:
    small_disk(stage, "20m")


async def tenant_unknown(stage: Stage) -> None:
    authority = f"{stage.world.sandbox.microsoft.tls_url}/{OTHER}/v2.0"
    stage.set(MICROSOFT_APP_TENANT_ID=OTHER, MICROSOFT_AUTHORITY=authority)


async def secret_expired(stage: Stage) -> None:
    microsoft = stage.world.sandbox.microsoft
    microsoft.registrations.expired.add(microsoft.app_id)


async def sign_in_secret(stage: Stage) -> None:
    stage.world.sandbox.microsoft.registrations.secrets[OTHER] = "another"
    stage.set(SIGN_IN_APP_ID=OTHER, SIGN_IN_APP_PASSWORD="s3cret-value")


async def identity_elsewhere(stage: Stage) -> None:
    """Point at the endpoint of a machine with managed identities where nobody answers."""
    stage.set(MICROSOFT_APP_PASSWORD=None, MICROSOFT_APP_MANAGED_IDENTITY=OTHER)
    stage.set(IDENTITY_ENDPOINT="http://127.0.0.1:1/msi/token", IDENTITY_HEADER="header")


async def identity_not_federated(stage: Stage) -> None:
    stage.set(MICROSOFT_APP_PASSWORD=None, MICROSOFT_APP_MANAGED_IDENTITY=OTHER)
    identity = ManagedIdentity(OTHER, stage.world.sandbox.microsoft.sign)
    url = await stage.stack.enter_async_context(serving(identity.application()))
    stage.set(**identity.settings(url))


async def answer_differs(stage: Stage) -> None:
    (stage.folder / ".env").write_text("JIRA_CLIENT_ID=another\n")


async def redirect_missing(stage: Stage) -> None:
    stage.world.sandbox.microsoft.redirect_uris = frozenset({"https://old.example.com/auth/microsoft/callback"})


async def callback_missing(stage: Stage) -> None:
    stage.world.sandbox.atlassian.redirect_uris = frozenset({"https://old.example.com/auth/jira/callback"})


async def clock_off(stage: Stage) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    stage.world.sandbox.faults.add(Fault(times=None, headers={"Date": date}))


async def microsoft_intercepted(stage: Stage) -> None:
    stage.world.sandbox.faults.html(server="microsoft", times=None)


async def atlassian_intercepted(stage: Stage) -> None:
    stage.world.sandbox.faults.html(server="atlassian", times=None)


async def public_url_path(stage: Stage) -> None:
    stage.set(PUBLIC_URL=f"{stage.environment['PUBLIC_URL']}/teams")


async def proxy_answers(stage: Stage) -> None:
    await stage.put_in_front(lambda _request: web.Response(status=403, text="Web application firewall"))


async def proxy_redirects(stage: Stage) -> None:
    location = {"Location": "https://login.example.com/"}
    await stage.put_in_front(lambda _request: web.Response(status=302, headers=location))


async def proxy_without_bridge(stage: Stage) -> None:
    await stage.put_in_front(lambda _request: web.Response(status=502, text="Bad gateway"))


async def proxy_forwards_some(stage: Stage) -> None:
    await stage.put_in_front(
        lambda request: web.Response(status=404) if request.path == "/jira/webhooks" else None
    )


async def other_bridge(stage: Stage, **settings: str) -> None:
    """Run a bridge on another port, to which PUBLIC_URL leads."""
    port = str(free_port())
    stage.set(PUBLIC_URL=f"http://127.0.0.1:{port}")
    await stage.start_bridge(PORT=port, STORE_URL=f"tinydb://{stage.folder / 'other'}", **settings)


async def another_bridge(stage: Stage) -> None:
    await other_bridge(stage, ENCRYPTION_KEYS=new_key())


async def port_foreign(stage: Stage) -> None:
    await stage.listen(lambda _request: web.Response(text="Hello"), port=int(stage.environment["PORT"]))


async def certificate_expired(stage: Stage) -> None:
    await stage.serve_tls("127.0.0.1", days=-2)


async def certificate_soon(stage: Stage) -> None:
    await stage.serve_tls("127.0.0.1", days=5)


async def certificate_name(stage: Stage) -> None:
    await stage.serve_tls("other.example.com", days=60)


async def certificate_untrusted(stage: Stage) -> None:
    await stage.serve_tls("127.0.0.1", days=60, trusted=False)


async def webhook_secret_old(stage: Stage) -> None:
    await stage.start_bridge()
    stage.set(JIRA_WEBHOOK_SECRET="a-new-secret-of-the-webhook")


ARRANGEMENTS: dict[str, Arrangement] = {
    **{
        function.__name__.replace("_", "-"): function
        for function in (
            *(metrics_port, port_taken, two_processes, wrong_key, schema_too_new, not_a_store, store_not_writable),
            *(disk_full, disk_nearly_full, tenant_unknown, secret_expired, sign_in_secret, redirect_missing),
            *(callback_missing, clock_off, microsoft_intercepted, atlassian_intercepted, public_url_path),
            *(proxy_answers, proxy_redirects, proxy_without_bridge, proxy_forwards_some, another_bridge),
            *(port_foreign, certificate_expired, certificate_soon, certificate_name, certificate_untrusted),
            *(webhook_secret_old, identity_elsewhere, identity_not_federated, answer_differs),
        )
    },
    "wrong-key-checked": wrong_key,
    "old-server": other_bridge,
}


def test_every_mistake_of_the_table_is_made() -> None:
    assert {*SETTINGS, *ARRANGEMENTS} == TABLE.keys()
    assert len(TABLE) >= 30


def test_every_mistake_has_a_sentence_of_its_own() -> None:
    said = [(row.command, row.says) for row in TABLE.values()]
    assert len(set(said)) == len(said)


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", TABLE)
async def test_a_mistake_gets_its_sentence_and_status(name: str, tmp_path: Path) -> None:
    row = TABLE[name]
    async with AsyncExitStack() as stack:
        world, environment = await stack.enter_async_context(surroundings(tmp_path))
        stage = Stage(world, environment, tmp_path, stack)
        stage.set(**SETTINGS.get(name, {}))
        if name in ARRANGEMENTS:
            await ARRANGEMENTS[name](stage)
        if row.command == "setup":
            status, said = await stage.set_up()
        else:
            status, said = await said_by(stage.environment, *row.command.split(), before=stage.before)
    assert row.is_told_in(said), said
    assert status == row.status, said
    assert "Traceback" not in said
    assert "s3cret" not in said

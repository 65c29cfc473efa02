"""The pooled HTTP session of the process, and reading of waiting times in headers."""

from __future__ import annotations

import os
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp

CONNECT_TIMEOUT = 3.0
DEFAULT_TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=CONNECT_TIMEOUT, sock_read=8.0)
"""Calls that need another one pass it themselves."""

MAX_RETRY_AFTER_SECONDS = 3600.0
"""The longest that one answer can make us wait: it may have been a mistake of the service."""

USER_AGENT = "teams-jira-bridge"
"""Not browser-like: Jira answers a browser's User-Agent with 403 "XSRF check failed"."""


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return a TLS context that trusts the machine's public authorities and those of `ca_bundle`."""
    context = ssl.create_default_context()
    if ca_bundle is not None:
        context.load_verify_locations(cafile=str(ca_bundle))
    return context


def open_session(tls: ssl.SSLContext) -> aiohttp.ClientSession:
    """Open the session for all outgoing calls. It honours the proxy variables of the environment."""
    proxied = any(os.environ.get(name) for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"))
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=512, limit_per_host=256, ssl=tls, keepalive_timeout=60),
        timeout=DEFAULT_TIMEOUT,
        trust_env=proxied,
        headers={"User-Agent": USER_AGENT},
        cookie_jar=aiohttp.DummyCookieJar(),
        raise_for_status=False,
    )
    # By default aiohttp repeats a PUT or DELETE whose answer is lost (there is no public setting).
    session._retry_connection = False
    return session


def retry_after_seconds(retry_after: str) -> float | None:
    """Read `Retry-After`, in seconds or as a date (RFC 9110 10.2.3).

    Returns seconds, at most `MAX_RETRY_AFTER_SECONDS`; None if it cannot be read.
    """
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), MAX_RETRY_AFTER_SECONDS)
    return seconds_until(retry_after)


def seconds_until(moment: str) -> float | None:
    """Return the seconds until a time in a header, as HTTP (RFC 9110 5.6.7) or ISO 8601 writes it.

    UTC if it names no zone. At least 0, at most `MAX_RETRY_AFTER_SECONDS`; None if it cannot be read.
    """
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(moment)
            left = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()
        except (ValueError, OverflowError):
            continue
        return min(max(0.0, left), MAX_RETRY_AFTER_SECONDS)
    return None

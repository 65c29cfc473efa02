"""The one pooled HTTP session of the process, and how it trusts: public authorities plus `CA_BUNDLE`."""

from __future__ import annotations

import ipaddress
import os
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

CONNECT = 3.0
"""Seconds that a connection may take."""
TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=CONNECT, sock_read=8.0)
"""Default for every call; a call that may take longer or must be shorter says so itself."""

LONGEST_WAIT = 3600.0
"""Seconds that a service can make us wait by one answer: then it is asked again, should it have been a slip."""

USER_AGENT = "teams-jira-bridge"
"""Not browser-like: Jira answers a browser's User-Agent with 403 "XSRF check failed"."""


def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """A TLS context that trusts the machine's public authorities and those of `ca_bundle` beside them."""
    context = ssl.create_default_context()
    if ca_bundle is not None:
        context.load_verify_locations(cafile=str(ca_bundle))
    return context


def open_session(ca_bundle: Path | None) -> aiohttp.ClientSession:
    """A session for all outgoing calls. Proxy variables are honoured where any is set."""
    proxied = any(os.environ.get(name) for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"))
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=512, limit_per_host=256, ssl=trust(ca_bundle), keepalive_timeout=60),
        timeout=TIMEOUT,
        trust_env=proxied,
        headers={"User-Agent": USER_AGENT},
        cookie_jar=aiohttp.DummyCookieJar(),
        raise_for_status=False,
    )
    # By itself aiohttp sends a PUT or DELETE again when its answer is lost (there is no public way to say no).
    session._retry_connection = False
    return session


def seconds_of(retry_after: str) -> float | None:
    """Of a `Retry-After`, in seconds or as a date (RFC 9110 10.2.3); at most an hour, None if it says nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), LONGEST_WAIT)
    return seconds_until(retry_after)


def seconds_until(moment: str) -> float | None:
    """To a moment in a header, as HTTP (RFC 9110 5.6.7) or ISO 8601 writes it: UTC if it names no zone. 0 if it is
    past, at most an hour, None if it is no moment."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(moment)
            left = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()
        except (ValueError, OverflowError):
            continue
        return min(max(0.0, left), LONGEST_WAIT)
    return None


def is_loopback_host(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine."""
    return is_loopback_host(urlsplit(url).hostname or "")

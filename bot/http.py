"""The one pooled HTTP session of the process, and how it trusts: public authorities plus `CA_BUNDLE`."""

from __future__ import annotations

import ipaddress
import os
import ssl
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

CONNECT = 3.0
"""Seconds that a connection may take."""
TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=CONNECT, sock_read=8.0)
"""Default for every call; a call that may take longer or must be shorter says so itself."""

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


def seconds_until(moment: str) -> float | None:
    """From now to a moment in a header, as HTTP (RFC 9110 5.6.7) or ISO 8601 writes it; None if it is neither."""
    if not moment:
        return None
    try:
        return parsedate_to_datetime(moment).timestamp() - time.time()
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(moment).timestamp() - time.time()
    except ValueError:
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

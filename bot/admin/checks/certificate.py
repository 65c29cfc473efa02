"""Looks at the TLS certificate that an address shows."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import suppress
from urllib.parse import urlsplit

from bot.admin.checks.finding import Finding, passed, warned

MIN_GOOD_DAYS = 21
CONNECT_TIMEOUT = 5.0
_DAY = 86400.0


async def check_days_left(name: str, url: str, tls: ssl.SSLContext) -> Finding | None:
    """Say for how many days the certificate of an https address is valid.

    None if it cannot be connected to directly, as behind a proxy, or is refused: the request itself says why.
    """
    certificate = await _fetch(url, tls)
    if certificate is None:
        return None
    days = int((ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) / _DAY)
    if days < MIN_GOOD_DAYS:
        return warned(name, f"its certificate expires in {days} days.", "Renew it, best by itself (ACME).")
    return passed(name, f"its certificate chain is trusted, and valid for {days} days")


async def _fetch(url: str, tls: ssl.SSLContext) -> ssl._PeerCertRetDictType | None:
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=tls)
    except (OSError, TimeoutError):
        return None
    certificate = writer.get_extra_info("peercert")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return certificate or None

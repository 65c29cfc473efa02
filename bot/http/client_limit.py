"""Limits how often one client address may ask for something that anybody may ask for."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from cachetools import LRUCache

BURST = 120
"""Requests at once from one address: many people may share it."""
PER_SECOND = 2.0
MAX_ADDRESSES = 20_000
IPV6_PREFIX = 64
"""One customer has at least this network, so its addresses count as one."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class ClientLimit:
    """A token bucket for each client address. `header` is where a proxy puts the address; empty without one."""

    def __init__(self, header: str = "", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._header, self._clock = header, clock
        self._buckets: LRUCache[str, _Bucket] = LRUCache(MAX_ADDRESSES)

    def allows(self, request: web.Request) -> bool:
        """Whether the request is within the limit of its address, of which it uses one."""
        client = client_network(request.remote or "", request.headers.get(self._header, ""))
        return not client or self._take(client)

    def _take(self, client: str) -> bool:
        now = self._clock()
        bucket = self._buckets.setdefault(client, _Bucket(BURST, now))
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.filled_at) * PER_SECOND)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def client_network(peer: str, forwarded: str) -> str:
    """Return what a client is limited as: its IPv4 address, or its IPv6 network; empty if it is not known.

    `forwarded` is what the proxy says. Without it, a private `peer` is a proxy and everybody's address.
    """
    for text, may_be_private in ((forwarded, True), (peer, False)):
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            continue
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if address.is_private and not may_be_private:
            return ""
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address.packed, IPV6_PREFIX), strict=False))
        return str(address)
    return ""

"""Proves that an answer comes from this installation: whoever asks with a nonce gets an HMAC of it in a header.

A proxy that answers by itself, or another bridge, has not the key. `check` asks over PUBLIC_URL and compares.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from aiohttp import web

NONCE_HEADER = "X-Bridge-Nonce"
PROOF_HEADER = "X-Bridge-Proof"
PURPOSE = "reachability"
"""What the key is derived for."""
_NONCE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PROOF = re.compile(r"([0-9a-f]{16})\.([0-9a-f]{64})", re.ASCII)


def new_nonce() -> str:
    """Return a nonce as `NONCE_HEADER` takes it."""
    return secrets.token_hex(16)


class Reachability:
    """One process of an installation, which shares `keys` with the others: the first signs, all are accepted.

    `instance` names the process.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = keys
        self.instance = secrets.token_hex(8)

    def add_to(self, app: web.Application) -> None:
        """Answer nonces with every response of `app`, whatever its path and status."""
        app.on_response_prepare.append(self._add_proof)

    def read_proof(self, nonce: str, proof: str) -> str:
        """Return the name of the process that answered; empty if the proof is not of this installation."""
        match = _PROOF.fullmatch(proof)
        signatures = [_sign(key, nonce, match[1]) for key in self._keys] if match else []
        return match[1] if match and any(hmac.compare_digest(match[2], own) for own in signatures) else ""

    async def _add_proof(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        nonce = request.headers.get(NONCE_HEADER, "")
        if _NONCE.fullmatch(nonce):
            response.headers[PROOF_HEADER] = f"{self.instance}.{_sign(self._keys[0], nonce, self.instance)}"


def _sign(key: bytes, nonce: str, instance: str) -> str:
    return hmac.new(key, f"{nonce}.{instance}".encode(), hashlib.sha256).hexdigest()

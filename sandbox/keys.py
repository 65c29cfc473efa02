"""Signing keys of the sandbox's logins."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa


@cache
def signing_key(name: str) -> rsa.RSAPrivateKey:  # noqa: ARG001  # the cache goes by it
    """Return the RSA key of this name, made once in a process: making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)

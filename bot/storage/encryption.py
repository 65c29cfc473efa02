"""Secrets at rest: AES-256-GCM under one of several keys, bound to the owner of the secret.

A sealed value is `v1.<key id>.<base64url of nonce and ciphertext>`. Its associated data holds the owner and the
key id, so a value that is moved to another owner's record does not open (T38). The keys in `ENCRYPTION_KEYS` are
never used themselves: each purpose gets its own key by HKDF.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.storage.base import Row, Store

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""96 bits, the size that NIST SP 800-38D recommends for GCM with random nonces."""

VERSION: Final = "v1"
SEAL_PURPOSE: Final = "sealed value"

CANARY_TABLE: Final = "meta"
CANARY_KEY: Final = "encryption-canary"
CANARY_TEXT: Final = b"the keys fit this store"


class EncryptionError(Exception):
    """A sealed value does not open. The message holds neither the value nor a key."""


class UnknownKeyError(EncryptionError):
    """The value was sealed with a key that is not in `ENCRYPTION_KEYS`."""


class TamperedError(EncryptionError):
    """The value was altered, cut, or belongs to another owner."""


class WrongKeyError(EncryptionError):
    """The store was written with keys of which none is in `ENCRYPTION_KEYS` now."""


def new_key() -> str:
    """Make a key as `ENCRYPTION_KEYS` takes it: 32 random bytes in urlsafe base64."""
    return _encode(os.urandom(KEY_BYTES))


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    master: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False)


class Keyring:
    """The keys of `ENCRYPTION_KEYS`: the first one seals, all of them open."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Check the keys. Raises `ValueError` that names the positions of all bad keys, never a key."""
        problems = [f"key {n} {why}" for n, key in enumerate(keys, 1) if (why := _fault(key, keys[: n - 1]))]
        if not keys:
            problems = ["no key is given"]
        if problems:
            raise ValueError("; ".join(problems))
        masters = [_decode(key) for key in keys]
        self._keys = [_Key(_key_id(master), master, AESGCM(_derive(master, SEAL_PURPOSE))) for master in masters]
        self._by_id = {key.id: key for key in self._keys}

    def __repr__(self) -> str:
        return f"Keyring({', '.join(key.id for key in self._keys)})"

    def seal(self, plaintext: bytes, *, owner: str) -> str:
        """`owner` names the record that holds the value, and opens it again; it is not secret."""
        key = self._keys[0]
        nonce = os.urandom(NONCE_BYTES)
        return f"{VERSION}.{key.id}.{_encode(nonce + key.cipher.encrypt(nonce, plaintext, _bound(owner, key.id)))}"

    def open(self, sealed: str, *, owner: str) -> bytes:
        """Decrypt. Raises `UnknownKeyError`, or `TamperedError` if the value or its owner is not what it was."""
        name, data = _split(sealed)
        key = self._by_id.get(name)
        if key is None:
            raise UnknownKeyError(f"The value was sealed with key {name}, which is not in ENCRYPTION_KEYS.")
        try:
            return key.cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(owner, name))
        except InvalidTag:
            raise TamperedError("A sealed value was altered or belongs to another owner.") from None

    def key_id(self, sealed: str) -> str:
        """Return the id of the key that sealed it, known here or not. Raises `TamperedError`."""
        return _split(sealed)[0]

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed it, so that a rotation has nothing to do."""
        return self.key_id(sealed) == self._keys[0].id

    def derive(self, purpose: str) -> list[bytes]:
        """Derive a 32-byte key from each key of the ring, current first, for HMACs of this one purpose."""
        return [_derive(key.master, f"derived: {purpose}") for key in self._keys]


async def check_keys(store: Store, keyring: Keyring) -> None:
    """Make sure that `keyring` fits `store`, leaving a canary in it at the first start.

    Raises `WrongKeyError`, with the store as it was, if the store was written with other keys.
    """
    row = await store.get(CANARY_TABLE, CANARY_KEY)
    if row is None:
        value = {"sealed": keyring.seal(CANARY_TEXT, owner=CANARY_KEY)}
        if await store.replace(CANARY_TABLE, CANARY_KEY, value, version=0) is not None:
            return
        row = await store.get(CANARY_TABLE, CANARY_KEY)  # another replica was first
    _open_canary(row, keyring)


async def check_existing_keys(store: Store, keyring: Keyring) -> None:
    """Do what `check_keys` does, and leave no canary: what has none has nothing that is encrypted yet."""
    row = await store.get(CANARY_TABLE, CANARY_KEY)
    if row is not None:
        _open_canary(row, keyring)


def _open_canary(row: Row | None, keyring: Keyring) -> None:
    sealed = str(row.value.get("sealed", "")) if row else ""
    try:
        keyring.open(sealed, owner=CANARY_KEY)
    except EncryptionError as error:
        raise WrongKeyError(
            "ENCRYPTION_KEYS does not fit this store: it was written with another key. "
            "Put that key back, after the new one if you are rotating."
        ) from error


async def reseal_canary(store: Store, keyring: Keyring) -> None:
    """Encrypt the canary with the first key, as the last step of a rotation.

    Until then it keeps an old key from being taken away too early.
    """
    await check_keys(store, keyring)
    row = await store.get(CANARY_TABLE, CANARY_KEY)
    if row is not None and not keyring.is_current(str(row.value.get("sealed", ""))):
        value = {"sealed": keyring.seal(CANARY_TEXT, owner=CANARY_KEY)}
        await store.replace(CANARY_TABLE, CANARY_KEY, value, version=row.version)


def _fault(key: str, earlier: Sequence[str]) -> str:
    try:
        raw = _decode(key)
    except ValueError:
        return "is not urlsafe base64"
    if len(raw) != KEY_BYTES:
        return f"has {len(raw)} bytes instead of {KEY_BYTES}"
    if len(set(raw)) == 1:  # an example's, or an empty disk's: anybody could guess it
        return "is one byte over and over"
    return "repeats an earlier one" if key.rstrip("=") in {other.rstrip("=") for other in earlier} else ""


def _key_id(master: bytes) -> str:
    return _derive(master, "key id")[:4].hex()


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"teams-jira-bridge\0{purpose}".encode()).derive(master)


def _bound(owner: str, key_id: str) -> bytes:
    parts = [part.encode() for part in (VERSION, SEAL_PURPOSE, owner, key_id)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _split(sealed: str) -> tuple[str, bytes]:
    version, _, rest = sealed.partition(".")
    name, _, text = rest.partition(".")
    try:
        data = _decode(text)
    except ValueError:
        data = b""
    if version != VERSION or not name or len(data) < NONCE_BYTES:
        raise TamperedError("A sealed value is not in the form in which it was written.")
    return name, data


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Only the one spelling that `_encode` gives (with or without padding), or `ValueError`."""
    bare = text.rstrip("=")
    try:
        raw = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if _encode(raw) != bare:
        raise ValueError("not canonical base64")
    return raw

"""Sealed values: bound to their owner, rotated, never in clear (T38, T39)."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.base import Store
from bot.storage.encryption import (
    EncryptionError,
    Keyring,
    TamperedError,
    UnknownKeyError,
    WrongKeyError,
    check_keys,
    new_key,
    reseal_canary,
)

OLD, NEW = new_key(), new_key()
COUNTING_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
old, new, both = Keyring([OLD]), Keyring([NEW]), Keyring([NEW, OLD])


@given(plaintext=st.binary(max_size=300), owner=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_sealed_opens_for_its_owner(plaintext: bytes, owner: str) -> None:
    sealed = both.seal(plaintext, owner=owner)
    assert both.open(sealed, owner=owner) == plaintext
    assert sealed != both.seal(plaintext, owner=owner)
    if len(plaintext) > 6:
        assert plaintext not in base64.urlsafe_b64decode(sealed.split(".")[2] + "==")


@given(owner=st.text("ab/", max_size=4), other=st.text("ab/", max_size=4))
def test_t38_a_value_swapped_between_owners_does_not_open(owner: str, other: str) -> None:
    sealed = new.seal(b"refresh token", owner=owner)
    if owner != other:
        with pytest.raises(TamperedError):
            new.open(sealed, owner=other)


@given(data=st.data())
def test_t38_no_altered_character_goes_unnoticed(data: Any) -> None:
    sealed = new.seal(b"refresh token", owner="me")
    at = data.draw(st.integers(0, len(sealed) - 1))
    char = data.draw(st.characters(codec="utf-8").filter(lambda char: char != sealed[at]))
    with pytest.raises(EncryptionError):
        new.open(sealed[:at] + char + sealed[at + 1 :], owner="me")


@given(text=st.text(max_size=60))
def test_t38_no_stranger_s_text_opens(text: str) -> None:
    for sealed in (text, f"v1.{text}", f"v1.{new.key_id(new.seal(b'', owner=''))}.{text}"):
        with pytest.raises(EncryptionError):
            new.open(sealed, owner="me")


def test_t38_a_value_relabelled_with_another_key_does_not_open() -> None:
    version, _, rest = old.seal(b"x", owner="me").split(".")
    with pytest.raises(TamperedError):
        both.open(f"{version}.{new.key_id(new.seal(b'', owner=''))}.{rest}", owner="me")


def test_t39_the_first_key_seals_and_all_open() -> None:
    before = old.seal(b"x", owner="me")
    assert both.open(before, owner="me") == b"x"
    assert not both.is_current(before)
    after = both.seal(both.open(before, owner="me"), owner="me")
    assert both.is_current(after)
    assert both.key_id(after) == new.key_id(new.seal(b"", owner=""))
    assert new.open(after, owner="me") == b"x"
    with pytest.raises(UnknownKeyError, match=new.key_id(after)) as unknown:
        old.open(after, owner="me")
    assert after not in str(unknown.value)


def test_t39_what_another_key_of_the_ring_sealed_is_not_current_whichever_of_them_it_is() -> None:
    rings = [Keyring([OLD, NEW]), Keyring([NEW, OLD])]
    assert [ring.is_current(sealer.seal(b"x", owner="me")) for ring in rings for sealer in (old, new)] == [
        *(True, False),
        *(False, True),
    ]


def test_a_key_of_two_different_bytes_is_taken() -> None:
    key = base64.urlsafe_b64encode(bytes(16) + b"\1" * 16).decode()
    assert Keyring([key]).open(Keyring([key]).seal(b"x", owner="me"), owner="me") == b"x"


def test_what_earlier_releases_sealed_opens() -> None:
    ring = Keyring([COUNTING_KEY])
    sealed = "v1.7bfe46ea.fM3YNvgs-ceaetcTJOfNK_5Bfcce2pVTsUKaiNom-Rndt9yI6TmIwu_SrA"
    assert ring.open(sealed, owner="grants/tenant/oid") == b"a refresh token"
    assert ring.is_current(sealed)


BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("unused_bits", [1, 2, 3])
def test_t38_a_value_has_one_spelling(unused_bits: int) -> None:
    """The last character of 29 bytes holds four bits; a decoder that ignores the other two opens the value."""
    sealed = new.seal(b"x", owner="me")
    last = BASE64[BASE64.index(sealed[-1]) + unused_bits]
    with pytest.raises(TamperedError):
        new.open(sealed[:-1] + last, owner="me")


def test_derived_keys_differ_by_purpose_and_key() -> None:
    keys = both.derive("buttons") + both.derive("sessions")
    assert len(set(keys)) == 4
    assert all(len(key) == 32 for key in keys)
    assert both.derive("buttons") == [*new.derive("buttons"), *old.derive("buttons")]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], "no key is given"),
        (["short"], "key 1 is not urlsafe base64"),
        ([NEW, "AAAA"], "key 2 has 3 bytes instead of 32"),
        ([NEW, "ü" * 43], "key 2 is not urlsafe base64"),
        ([NEW, OLD, NEW], "key 3 repeats an earlier one"),
        ([NEW, NEW + "="], "key 2 repeats an earlier one"),
        ([NEW, OLD, OLD], "key 3 repeats an earlier one"),
        ([base64.urlsafe_b64encode(bytes(33)).decode()], "key 1 has 33 bytes instead of 32"),
        ([base64.urlsafe_b64encode(bytes(32)).decode()], "key 1 is one byte over and over"),
        (["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"], "key 1 is not urlsafe base64"),
        (["", OLD, "x y"], "key 1 has 0 bytes instead of 32; key 3 is not urlsafe base64"),
        ([base64.b64encode(b"\xff" * 32).decode()], "key 1 is not urlsafe base64"),
    ],
)
def test_f32_bad_keys_are_named_by_position_never_by_value(keys: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        Keyring(keys)
    assert str(refused.value) == sentence
    assert not any(key in f"{refused.value!r}" for key in keys if key)


def test_keys_are_accepted_with_and_without_padding() -> None:
    sealed = Keyring([NEW + "="]).seal(b"x", owner="me")
    assert new.open(sealed, owner="me") == b"x"


def test_t40_no_key_shows_in_a_repr() -> None:
    text = f"{both!r} {both} {vars(both)}"
    raw = base64.urlsafe_b64decode(NEW + "=")
    for secret in (NEW, OLD, raw.hex(), repr(raw)[2:-1]):
        assert secret not in text


async def test_f27_a_store_of_another_key_is_refused_unchanged(store: Store) -> None:
    await check_keys(store, old)
    await check_keys(store, old)
    await check_keys(store, both)
    before = await store.get("meta", "encryption-canary")
    with pytest.raises(WrongKeyError, match="ENCRYPTION_KEYS"):
        await check_keys(store, new)
    assert await store.get("meta", "encryption-canary") == before


async def test_t39_an_old_key_may_go_only_when_the_rotation_is_done(store: Store) -> None:
    await check_keys(store, old)
    await check_keys(store, both)
    with pytest.raises(WrongKeyError):
        await check_keys(store, new)
    await reseal_canary(store, both)
    await check_keys(store, new)
    with pytest.raises(WrongKeyError):
        await check_keys(store, old)


async def test_t39_the_canary_is_sealed_again_once(store: Store) -> None:
    await check_keys(store, old)
    await reseal_canary(store, both)
    resealed = await store.get("meta", "encryption-canary")
    await reseal_canary(store, both)
    assert await store.get("meta", "encryption-canary") == resealed


async def test_f27_of_two_replicas_that_start_with_different_keys_one_is_refused(store: Store) -> None:
    ends = await asyncio.gather(check_keys(store, old), check_keys(store, new), return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [WrongKeyError]

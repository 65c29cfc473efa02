"""The loader of strangers' JSON (T16)."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http.strict_json import MalformedJsonError, loads

BAD = {
    "empty": b"",
    "blank": b"  ",
    "cut": b'{"a": ',
    "two values": b"{}{}",
    "bad utf-8": b'{"a": "\xff"}',
    "surrogate bytes": b'{"a": "\xed\xa0\x80"}',
    "lone surrogate": rb'{"a": "\ud800"}',
    "reversed surrogates": rb'{"a": "\udc00\ud800"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": Infinity}',
    "too large a number": b'{"a": 1e999}',
    "5,000 digits": b'{"a": ' + b"1" * 5000 + b"}",
    "raw nul": b'{"a": "\x00"}',
    "repeated name": b'{"a": 1, "a": 2}',
    "repeated name, escaped": rb'{"a": 1, "\u0061": 2}',
    "repeated name within": b'[{"b": {"a": 1, "c": [], "a": 1}}]',
    "deep": b"[" * 65 + b"]" * 65,
    "deep objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "deep, mixed": b'{"a":[' * 33 + b"]}" * 33,
    "deep after many": b"[" + b"[]," * 70 + b"[" * 64 + b"]" * 64 + b"]",
    "too many lists": b"[" + b"[]," * 20_000 + b"1]",
    "too many objects": b"[" + b"{}," * 20_000 + b"1]",
    "too many values": b"[" + b"1," * 100_001 + b"1]",
    "too many lists, cut": b"[" + b"[]," * 300_000 + b'"',
    "very deep": b"[" * 500_000,
    "single quotes": b"{'a': 1}",
    "comment": b"{} // x",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_t16_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJsonError):
        loads(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[" * 64 + b"]" * 64, None),
        (b"[" + b"[]," * 99 + b"{}]", [[]] * 99 + [{}]),
        (b"[" * 64 + b"]" * 63 + b",[]]", None),
        (b"[" + b"[]," * 19_999 + b"1]", None),
        (b"[" + b"1," * 100_000 + b"1]", None),
        (b'["' + b"[{," * 50_000 + b'"]', None),
        (rb'["\\", "\"[", "\\\"{", {"\\\\": ["\u005c\\"]}]', ["\\", '"[', '\\"{', {"\\\\": ["\\\\"]}]),
        (b'{"a": ":{[\\"", "b": [":", {"c": "}"}]}', {"a": ':{["', "b": [":", {"c": "}"}]}),
        (rb'{"a\u0000b": "c\u0000d", "e": ["\u0000"]}', {"ab": "cd", "e": [""]}),
        (rb'{"a": "\\u0000"}', {"a": r"\u0000"}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        (b'{"a": 18446744073709551615}', {"a": 2**64 - 1}),
    ],
)
def test_accepted(body: bytes, value: object) -> None:
    loaded = loads(body)
    assert value is None or loaded == value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner)
        ),
        max_leaves=20,
    )
)
def test_what_json_writes_is_read_as_it_was(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_any_bytes_are_a_value_or_malformed(body: bytes) -> None:
    with contextlib.suppress(MalformedJsonError):
        loads(body)

"""Signs the buttons of cards, so that altered ones are recognised (T21).

`data.sig` is `<milliseconds>.<signed names>.<mac>`: the MAC covers the verb, the conversation (or the person, for
what one person alone sees), the time and every property that the card was made with. Inputs that a person fills in
arrive in the same data and are not signed.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NewType

LIFETIME_SECONDS = 30 * 86400.0
"""For how long a button works; an older one is answered with a fresh card."""

SignedData = NewType("SignedData", Mapping[str, str])
"""What a button was made with, after its signature was checked. Only `Signer.check` makes one."""


@dataclass(frozen=True, slots=True)
class UncheckedData:
    """The data of a press as it arrived. It has no way to read a property: `Signer.check` does that (T21)."""

    _texts: Mapping[str, str] = field(repr=False)

    def to_json(self) -> dict[str, str]:
        """Return what is stored with a request, to be checked when it runs."""
        return dict(self._texts)

    def to_lines(self) -> list[str]:
        """Return what tells one press from another."""
        return [f"{name}={self._texts[name]}" for name in sorted(self._texts)]


class Validity(Enum):
    """Whether the signature of a press holds."""

    GENUINE = auto()
    EXPIRED = auto()
    ALTERED = auto()


@dataclass(frozen=True, slots=True)
class CheckedData:
    """The data of a press, parted by its signature.

    `inputs` is what a person filled in, or anybody made up. `signed` is empty if the signature does not hold.
    """

    validity: Validity
    signed: SignedData = field(default_factory=lambda: SignedData({}))
    inputs: Mapping[str, str] = field(default_factory=dict)


class Signer:
    """Signs with the first key and accepts any. `keys` are derived from the encryption keys."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float] = time.time) -> None:
        self._keys = tuple(hmac.new(key, digestmod="sha256") for key in keys)
        self._clock = clock

    def bound_to(self, conversation_id: str) -> BoundSigner:
        """Return a `cards.base.ActionSigner` for one conversation (or person)."""
        return BoundSigner(self._keys[0], conversation_id, str(int(self._clock() * 1000)))

    def check(self, verb: str, data: UncheckedData, scopes: Iterable[str]) -> CheckedData:
        """Check the signature of a press that may have been made for any of `scopes`: conversations, people."""
        texts = data.to_json()
        checked = (self._check(verb, texts, scope) for scope in scopes)
        return next(
            (each for each in checked if each.validity is not Validity.ALTERED), CheckedData(Validity.ALTERED)
        )

    def _check(self, verb: str, data: Mapping[str, str], conversation_id: str) -> CheckedData:
        signed_at, _, rest = data.get("sig", "").partition(".")
        names, _, given = rest.partition(".")
        listed = names.split(",")
        covered = {name: data.get(name, "") for name in listed}
        claimed = given.encode("utf-8", "replace")
        genuine = [
            hmac.compare_digest(_mac(key, verb, conversation_id, signed_at, covered), claimed)
            for key in self._keys
        ]
        # The list of names is not under the MAC: only the one spelling that a card has is taken.
        is_as_written = len(listed) == len(covered) and {"issue", "site"} <= covered.keys()
        if not any(genuine) or not is_as_written:
            return CheckedData(Validity.ALTERED)
        age = self._clock() - int(signed_at) / 1000
        validity = Validity.GENUINE if age <= LIFETIME_SECONDS else Validity.EXPIRED
        inputs = {name: text for name, text in data.items() if name not in covered and name != "sig"}
        return CheckedData(validity, SignedData(covered), inputs)


class BoundSigner:
    """Signs `data` for buttons of one conversation, all at the same time."""

    __slots__ = ("_conversation", "_key", "_signed_at")

    def __init__(self, key: hmac.HMAC, conversation_id: str, signed_at: str) -> None:
        self._key, self._conversation, self._signed_at = key, conversation_id, signed_at

    def __call__(self, verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
        signed = {"issue": issue, "site": site, **data}
        mac = _mac(self._key, verb, self._conversation, self._signed_at, signed)
        signed["sig"] = f"{self._signed_at}.{','.join(signed)}.{mac.decode()}"
        return signed


def _mac(key: hmac.HMAC, verb: str, conversation: str, signed_at: str, covered: Mapping[str, str]) -> bytes:
    # Lengths in front make the encoding unambiguous whatever the parts hold.
    text = f"{len(verb)}:{verb}\x1f{len(conversation)}:{conversation}\x1f{len(signed_at)}:{signed_at}"
    for name, value in sorted(covered.items()):
        text += f"\x1f{len(name)}:{name}\x1f{len(value)}:{value}"
    mac = key.copy()  # a third of the cost of a new one
    mac.update(text.encode("utf-8", "surrogatepass"))
    return base64.b64encode(mac.digest()[:18], b"-_")

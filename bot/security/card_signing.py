"""Signs the buttons of cards, so that altered ones are recognised (T21).

`data.sig` is `<milliseconds>.<signed names>.<mac>`: the MAC covers the verb, the conversation (or the person, for
what one person alone sees), the time and every property that the card was made with. Inputs that a person fills in
arrive in the same data and are not signed.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto

LIFETIME_SECONDS = 30 * 86400.0
"""For how long a button works; an older one is answered with a fresh card."""

_SEPARATOR = "\x1f"


class Validity(Enum):
    """Whether the signature of a press holds."""

    GENUINE = auto()
    EXPIRED = auto()
    ALTERED = auto()


class Signer:
    """Signs with the first key and accepts any. `keys` are derived from the encryption keys."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float] = time.time) -> None:
        self._keys = tuple(hmac.new(key, digestmod="sha256") for key in keys)
        self._clock = clock

    def bound_to(self, conversation_id: str) -> BoundSigner:
        """Return a `cards.base.ActionSigner` for one conversation (or person)."""
        return BoundSigner(self._keys[0], conversation_id, str(int(self._clock() * 1000)))

    def check(self, verb: str, data: Mapping[str, str], conversation_id: str) -> Validity:
        """Check the signature of a press."""
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
            return Validity.ALTERED
        age = self._clock() - int(signed_at) / 1000
        return Validity.GENUINE if age <= LIFETIME_SECONDS else Validity.EXPIRED


def given_by_card(data: Mapping[str, str], name: str) -> bool:
    """Whether a property of a genuine press comes from the card, not from an input that a person filled in."""
    _, _, rest = data.get("sig", "").partition(".")
    return name in rest.partition(".")[0].split(",")


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
    parts = [verb, conversation, signed_at]
    for name in sorted(covered):
        parts += (name, covered[name])
    # Lengths in front make the encoding unambiguous whatever the parts hold.
    text = _SEPARATOR.join([f"{len(part)}:{part}" for part in parts])
    mac = key.copy()  # a third of the cost of a new one
    mac.update(text.encode("utf-8", "surrogatepass"))
    return base64.b64encode(mac.digest()[:18], b"-_")

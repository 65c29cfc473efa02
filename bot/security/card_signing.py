"""Card buttons that cannot be altered unnoticed (threat T21).

`data.sig` is `<milliseconds>.<covered names>.<mac>`: the MAC covers the verb, the conversation (or the person, for
what one person alone sees), the time and every property that the card was given. Inputs that a person fills in
arrive beside them and are not covered.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto

LIFETIME = 30 * 86400.0
"""Seconds for which a button works; an older one answers with a fresh card."""

_SEPARATOR = "\x1f"


class Verdict(Enum):
    """What is to be thought of a press."""

    GENUINE = auto()
    EXPIRED = auto()
    ALTERED = auto()


class Signer:
    """Signs with the first key, accepts any: `keys` are derived from the encryption keys."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float] = time.time) -> None:
        self._keys = tuple(hmac.new(key, digestmod="sha256") for key in keys)
        self._clock = clock

    def bound_to(self, conversation_id: str) -> BoundSigner:
        """A `cards.base.ActionSigner` for one conversation."""
        return BoundSigner(self._keys[0], conversation_id, str(int(self._clock() * 1000)))

    def check(self, verb: str, data: Mapping[str, str], conversation_id: str) -> Verdict:
        """Judge a press."""
        moment, _, rest = data.get("sig", "").partition(".")
        names, _, given = rest.partition(".")
        covered = {name: data.get(name, "") for name in names.split(",") if name}
        claimed = given.encode("utf-8", "replace")
        genuine = [
            hmac.compare_digest(_mac(key, verb, conversation_id, moment, covered), claimed) for key in self._keys
        ]
        if not any(genuine) or not {"issue", "site"} <= covered.keys():
            return Verdict.ALTERED
        age = self._clock() - int(moment) / 1000
        return Verdict.GENUINE if age <= LIFETIME else Verdict.EXPIRED


def given_by_card(data: Mapping[str, str], name: str) -> bool:
    """Whether a property of a genuine press stood on the card, rather than being filled in by a person."""
    _, _, rest = data.get("sig", "").partition(".")
    return name in rest.partition(".")[0].split(",")


class BoundSigner:
    """Signs `data` for buttons of one conversation, all at the same time."""

    __slots__ = ("_conversation", "_key", "_moment")

    def __init__(self, key: hmac.HMAC, conversation_id: str, moment: str) -> None:
        self._key, self._conversation, self._moment = key, conversation_id, moment

    def __call__(self, verb: str, *, issue: str = "", site: str = "", **data: str) -> dict[str, str]:
        signed = {"issue": issue, "site": site, **data}
        mac = _mac(self._key, verb, self._conversation, self._moment, signed)
        signed["sig"] = f"{self._moment}.{','.join(signed)}.{mac.decode()}"
        return signed


def _mac(key: hmac.HMAC, verb: str, conversation: str, moment: str, covered: Mapping[str, str]) -> bytes:
    parts = [verb, conversation, moment]
    for name in sorted(covered):
        parts += (name, covered[name])
    # Lengths in front make the encoding unambiguous whatever the parts hold.
    text = _SEPARATOR.join([f"{len(part)}:{part}" for part in parts])
    made = key.copy()  # a third of the cost of a new one
    made.update(text.encode("utf-8", "surrogatepass"))
    return base64.b64encode(made.digest()[:18], b"-_")

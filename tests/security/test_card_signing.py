"""T21: what a signature covers, and the one way in which it says so."""

from __future__ import annotations

import pytest

from bot.security.card_signing import Signer, Validity

PLACE = "19:channel@thread.tacv2"


@pytest.mark.parametrize("spelling", ["{names},issue", "site,{names}", "{names},", "{names},,", "{names},more"])
def test_t21_a_signature_names_each_property_once(spelling: str) -> None:
    signer = Signer([b"k" * 32])
    data = signer.bound_to(PLACE)("issue.vote", issue="DEMO-1", site="cloud-1", up="yes")
    assert signer.check("issue.vote", data, PLACE) is Validity.GENUINE
    at, names, mac = data["sig"].split(".")
    altered = {**data, "sig": ".".join((at, spelling.format(names=names), mac))}
    assert signer.check("issue.vote", altered, PLACE) is Validity.ALTERED


def test_t21_the_verb_and_the_age_are_covered() -> None:
    now = 1_700_000_000.0
    signer = Signer([b"k" * 32], clock=lambda: now)
    data = signer.bound_to(PLACE)("issue.watch", issue="DEMO-1", site="cloud-1")
    assert signer.check("issue.vote", data, PLACE) is Validity.ALTERED
    now += 31 * 86400
    assert signer.check("issue.watch", data, PLACE) is Validity.EXPIRED

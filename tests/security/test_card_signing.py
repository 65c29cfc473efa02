"""T21: what a signature covers, the one way in which it says so, and that nothing else is read of a press."""

from __future__ import annotations

import hmac

import pytest

from bot.commands.forms.state import Form
from bot.security import card_signing
from bot.security.card_signing import Signer, UncheckedData, Validity

PLACE = "19:channel@thread.tacv2"


def check(signer: Signer, verb: str, data: dict[str, str], place: str = PLACE) -> Validity:
    return signer.check(verb, UncheckedData(data), [place]).validity


@pytest.mark.parametrize("spelling", ["{names},issue", "site,{names}", "{names},", "{names},,", "{names},more"])
def test_t21_a_signature_names_each_property_once(spelling: str) -> None:
    signer = Signer([b"k" * 32])
    data = signer.bound_to(PLACE)("issue.vote", issue="DEMO-1", site="cloud-1", up="yes")
    assert check(signer, "issue.vote", data) is Validity.GENUINE
    at, names, mac = data["sig"].split(".")
    altered = {**data, "sig": ".".join((at, spelling.format(names=names), mac))}
    assert check(signer, "issue.vote", altered) is Validity.ALTERED


@pytest.mark.parametrize("covered", [{"up": "yes"}, {"issue": "DEMO-1"}, {"site": "cloud-1"}])
def test_t21_a_signature_always_covers_issue_and_site(covered: dict[str, str]) -> None:
    """Otherwise a button that was made without one of them could be given any."""
    key = hmac.new(b"k" * 32, digestmod="sha256")
    mac = card_signing._mac(key, "issue.vote", PLACE, "1700000000000", covered).decode()
    data = {**covered, "issue": "DEMO-1", "site": "cloud-1", "sig": f"1700000000000.{','.join(covered)}.{mac}"}
    assert check(Signer([b"k" * 32], clock=lambda: 1_700_000_000.0), "issue.vote", data) is Validity.ALTERED


def test_t21_the_verb_is_covered() -> None:
    signer = Signer([b"k" * 32])
    data = signer.bound_to(PLACE)("issue.watch", issue="DEMO-1", site="cloud-1")
    assert check(signer, "issue.vote", data) is Validity.ALTERED


def test_t21_the_conversation_is_covered() -> None:
    signer = Signer([b"k" * 32])
    data = signer.bound_to(PLACE)("issue.watch", issue="DEMO-1", site="cloud-1")
    assert check(signer, "issue.watch", data, "19:other@thread.tacv2") is Validity.ALTERED


def test_t21_a_button_expires_after_thirty_days() -> None:
    now = 1_700_000_000.5
    signer = Signer([b"k" * 32], clock=lambda: now)
    data = signer.bound_to(PLACE)("issue.watch", issue="DEMO-1", site="cloud-1")
    now += 30 * 86400
    assert check(signer, "issue.watch", data) is Validity.GENUINE
    now += 1
    assert check(signer, "issue.watch", data) is Validity.EXPIRED


def test_t21_what_the_signature_does_not_cover_is_an_input() -> None:
    signer = Signer([b"k" * 32])
    data = signer.bound_to(PLACE)("issue.move", issue="DEMO-1", site="cloud-1", transition="31")
    filled_in = {"card": "17", "f_summary": "x", "worklog": "1h"}
    checked = signer.check("issue.move", UncheckedData({**data, **filled_in}), ["other", PLACE])
    assert checked.validity is Validity.GENUINE
    assert dict(checked.signed) == {"issue": "DEMO-1", "site": "cloud-1", "transition": "31"}
    assert checked.inputs == filled_in


def test_t21_nothing_is_signed_or_filled_in_if_the_signature_does_not_hold() -> None:
    signer = Signer([b"k" * 32])
    data = signer.bound_to(PLACE)("issue.move", issue="DEMO-1", site="cloud-1", transition="31")
    checked = signer.check("issue.move", UncheckedData({**data, "transition": "41"}), [PLACE])
    assert checked.validity is Validity.ALTERED
    assert (dict(checked.signed), dict(checked.inputs)) == ({}, {})


def test_t21_unchecked_data_cannot_be_read_and_inputs_are_no_signed_data() -> None:
    """The type checker holds it: mypy reports an unused `type: ignore` once one of these lines is allowed."""
    pressed = UncheckedData({"card": "17"})
    with pytest.raises(AttributeError):
        pressed.get("card")  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        pressed["card"]  # type: ignore[index]
    inputs = {"purpose": "edit", "site": "cloud-1"}
    Form.from_data(inputs)  # type: ignore[arg-type]
    assert "17" not in repr(pressed)


def test_t39_the_first_key_signs_and_all_are_accepted() -> None:
    old, new = b"o" * 32, b"n" * 32
    after = Signer([new, old]).bound_to(PLACE)("issue.vote", issue="DEMO-1", site="cloud-1")
    before = Signer([old]).bound_to(PLACE)("issue.vote", issue="DEMO-1", site="cloud-1")
    assert check(Signer([new]), "issue.vote", after) is Validity.GENUINE
    assert check(Signer([new, old]), "issue.vote", before) is Validity.GENUINE
    assert check(Signer([new]), "issue.vote", before) is Validity.ALTERED


def test_buttons_of_earlier_releases_go_on_working() -> None:
    sig = "1700000000000.issue,site,up.ylC8yGd0pV9csSwfjGSqXvD7"
    data = {"issue": "DEMO-1", "site": "cloud-1", "up": "yes", "sig": sig}
    assert check(Signer([b"k" * 32], clock=lambda: 1_700_000_000.0), "issue.vote", data) is Validity.GENUINE

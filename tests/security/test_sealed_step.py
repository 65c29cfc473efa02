"""T02, T03: the first step of a sign-in, which a cookie holds, is bound to its state, its browser and its time."""

from __future__ import annotations

import base64

import pytest

from bot.accounts.connect_links import hash_secret, new_secret
from bot.accounts.sign_in.sealed_step import SealedSteps, StepCookie, cookie_name
from bot.accounts.sign_in.state import LIFETIME_SECONDS, MicrosoftStep, WrongBrowserError
from bot.storage.encryption import Keyring, new_key
from tests.support.clock import Clock

STEP = MicrosoftStep(hash_secret("session"), "ticket", {"code_verifier": "verifier-canary"})


def test_t02_sealed_step_is_taken_once() -> None:
    steps, state = SealedSteps(Keyring([new_key()])), new_secret()
    sealed = steps.seal(state, STEP).value
    assert [steps.take(state, sealed, "session") for _ in range(3)] == [STEP, None, None]


def test_t02_sealed_step_is_good_for_ten_minutes(clock: Clock) -> None:
    steps, first, second = SealedSteps(Keyring([new_key()]), clock=clock), new_secret(), new_secret()
    cookies = {state: steps.seal(state, STEP).value for state in (first, second)}
    clock.advance(LIFETIME_SECONDS - 1)
    assert steps.take(first, cookies[first], "session") == STEP
    for seconds in (1, 60):
        clock.advance(seconds)
        assert steps.take(second, cookies[second], "session") is None


def test_t03_sealed_step_opens_for_its_state_its_session_and_untouched_alone() -> None:
    steps, state, other = SealedSteps(Keyring([new_key()])), new_secret(), new_secret()
    sealed = steps.seal(state, STEP).value
    assert b"verifier-canary" not in base64.urlsafe_b64decode(sealed.rpartition(".")[2] + "==")
    assert sealed not in repr(steps.seal(state, STEP)) + repr(StepCookie("name", sealed))
    assert steps.take(other, sealed, "session") is None
    with pytest.raises(WrongBrowserError):
        steps.take(state, sealed, "another session")
    middle = len(sealed) // 2
    altered = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for value in (altered, sealed[:-8], "", "x" * 5000, Keyring([new_key()]).seal(b"{}", owner="x")):
        assert steps.take(state, value, "session") is None
    assert steps.take(state, sealed, "session") == STEP


def test_t03_sealed_step_opens_on_another_replica_and_after_a_rotation_of_the_key() -> None:
    key, state = new_key(), new_secret()
    sealed = SealedSteps(Keyring([key])).seal(state, STEP).value
    assert SealedSteps(Keyring([key])).take(state, sealed, "session") == STEP
    assert SealedSteps(Keyring([new_key(), key])).take(state, sealed, "session") == STEP


def test_t02_state_that_was_used_is_forgotten_when_it_would_have_expired(clock: Clock) -> None:
    steps, state = SealedSteps(Keyring([new_key()]), clock=clock), new_secret()
    sealed = steps.seal(state, STEP).value
    assert steps.take(state, sealed, "session") == STEP
    clock.advance(LIFETIME_SECONDS - 1)
    assert steps.take(state, sealed, "session") is None
    clock.advance(1)
    assert len(steps._used) == 0


def test_t03_each_state_has_a_cookie_of_its_own() -> None:
    steps, states = SealedSteps(Keyring([new_key()])), [new_secret() for _ in range(50)]
    assert len({steps.seal(state, STEP).name for state in states}) == 50
    assert steps.seal(states[0], STEP).name == cookie_name(states[0])
    assert len(cookie_name(states[0])) == 16


def test_t03_what_is_no_state_opens_nothing() -> None:
    steps = SealedSteps(Keyring([new_key()]))
    sealed = steps.seal("short", STEP).value
    assert steps.take("short", sealed, "session") is None


def test_t15_no_cookie_is_opened_that_a_browser_would_not_have_kept(clock: Clock) -> None:
    steps, state = SealedSteps(Keyring([new_key()]), clock=clock), new_secret()
    of_length = {
        len(cookie): (cookie, step)
        for step in (MicrosoftStep(STEP.session, "ticket", {"pad": "x" * pad}) for pad in range(2_800, 2_830))
        if (cookie := steps.seal(state, step).value)
    }
    fits, step = of_length[4_000]
    too_long, _ = of_length[4_002]
    assert steps.take(state, too_long, "session") is None
    assert steps.take(state, fits, "session") == step

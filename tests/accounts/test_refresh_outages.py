"""The refresh protocol when Atlassian fails (F05-F07): no link is lost without a reason, nobody is hammered."""

from __future__ import annotations

import asyncio

import pytest

from bot.accounts import refresh
from bot.accounts.grant_maintenance import GrantMaintenance
from bot.accounts.model import GrantRevokedError, SignInUnavailableError
from bot.accounts.token_endpoint import TokenEndpoint
from sandbox.faults import HTML_PAGE
from tests.support.accounts import VaultBench, user


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat at once instead of after 0.5 and more seconds."""
    monkeypatch.setattr(refresh, "RETRY_DELAYS", (0.0, 0.0))


LOST: dict[str, dict[str, object]] = {
    "reset after the rotation": {"drop": True},
    "cut in the middle of the answer": {"truncate": True},
    "an answer that is no JSON": {"status": 200, "body": "{", "content_type": "application/json"},
    "an empty answer": {"status": 200, "body": ""},
    "reset before the rotation": {"reset": True},
}


@pytest.mark.parametrize("how", LOST.values(), ids=LOST.keys())
async def test_f05_a_lost_answer_is_asked_for_again_at_once(bench: VaultBench, how: dict[str, object]) -> None:
    person = await bench.link()
    bench.expire()
    bench.atlassian.fault(times=2, **how)
    assert bench.accepts(await bench.vault.access_token(person))
    assert "reuse" not in bench.atlassian.refreshes
    assert (await bench.grant(person)).intent_at == 0


@pytest.mark.parametrize("minutes", [0, 1, 8])
async def test_f05_an_answer_that_stays_lost_is_asked_for_in_the_background(
    bench: VaultBench, minutes: int
) -> None:
    person = await bench.link()
    bench.expire()
    fault = bench.atlassian.fault(times=3, drop=True)
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person)
    assert fault.hits == 3
    bench.clock.advance(60 * minutes)
    restarted = bench.restarted()
    assert await GrantMaintenance(restarted, clock=bench.clock).retry_open_intents() == 1
    assert bench.accepts(await restarted.access_token(person))
    assert bench.atlassian.refreshes[-1] == "leeway"
    assert "reuse" not in bench.atlassian.refreshes
    assert bench.revoked == []


async def test_f05_an_intent_older_than_nine_minutes_is_left_to_the_person(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    bench.atlassian.fault(times=3, drop=True)
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person)
    calls = len(bench.atlassian.refreshes)
    bench.clock.advance(541)
    assert await GrantMaintenance(bench.restarted(), clock=bench.clock).retry_open_intents() == 0
    assert len(bench.atlassian.refreshes) == calls


async def test_f05_a_call_without_end_is_given_up_and_repeated(
    bench: VaultBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await bench.link()
    bench.expire()
    real = TokenEndpoint.refresh

    async def hurried(self: TokenEndpoint, token: str, *, seconds: float = 0.2) -> object:
        return await real(self, token, seconds=0.2)

    monkeypatch.setattr(TokenEndpoint, "refresh", hurried)
    never = asyncio.Event()
    bench.atlassian.fault(late_until=never)
    assert bench.accepts(await bench.vault.access_token(person))
    never.set()


DOWN: dict[str, dict[str, object]] = {
    "500": {"status": 500, "body": "{}"},
    "429 without a time": {"status": 429, "body": '{"error": "rate_limited"}'},
    "502 with a page": {"status": 502, "body": HTML_PAGE, "content_type": "text/html"},
    "503 with Retry-After": {"status": 503, "headers": {"Retry-After": "7"}},
    "429": {"status": 429, "headers": {"Retry-After": "60"}, "body": '{"error": "rate_limited"}'},
    "200 with a page": {"status": 200, "body": HTML_PAGE, "content_type": "text/html"},
    "a redirect": {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
    "a redirect that keeps the body": {"status": 307, "headers": {"Location": "http://127.0.0.1:1/"}},
    "403 of a firewall": {"status": 403, "body": HTML_PAGE, "content_type": "text/html"},
    "our secret is wrong": {"status": 401, "body": '{"error": "access_denied"}'},
    "an unknown error": {"status": 400, "body": '{"error": {"no": "string"}}'},
    "404": {"status": 404, "body": ""},
}


REFUSED = {"503 with Retry-After", "429", "our secret is wrong", "an unknown error"}
"""What is not asked about again at once."""


@pytest.mark.parametrize(("name", "how"), DOWN.items(), ids=DOWN.keys())
async def test_f06_an_outage_keeps_the_link_and_is_asked_about_twice_a_minute(
    bench: VaultBench, name: str, how: dict[str, object]
) -> None:
    person = await bench.link()
    bench.expire()
    fault = bench.atlassian.fault(times=None, **how)
    for _ in range(20):
        with pytest.raises(SignInUnavailableError):
            await bench.vault.access_token(person)
    assert fault.hits == (1 if name in REFUSED else 3)
    assert (await bench.grant(person)).ended == ""
    bench.atlassian.faults.clear()
    assert bench.accepts(await bench.restarted().access_token(person))


@pytest.mark.parametrize("name", sorted(DOWN.keys() - REFUSED))
@pytest.mark.parametrize("times", [1, 2])
async def test_f06_a_passing_fault_does_not_turn_anybody_away(bench: VaultBench, name: str, times: int) -> None:
    person = await bench.link()
    bench.expire()
    fault = bench.atlassian.fault(times=times, **DOWN[name])
    assert bench.accepts(await bench.vault.access_token(person, interactive=True))
    assert fault.hits == times
    assert (await bench.grant(person)).intent_at == 0


async def test_f06_a_short_time_that_atlassian_names_is_waited_for(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    bench.atlassian.fault(status=429, headers={"Retry-After": "1"})
    assert bench.accepts(await bench.vault.access_token(person))


async def test_f06_the_first_success_lets_everybody_in_again(bench: VaultBench) -> None:
    alice, bob = await bench.link(0), await bench.link(1)
    bench.expire()
    bench.atlassian.fault(times=6, status=500)
    for person in (alice, bob):
        with pytest.raises(SignInUnavailableError):
            await bench.vault.access_token(person)
    carol = await bench.link(2)
    bench.clock.advance(3600)
    assert bench.accepts(await bench.vault.access_token(carol))
    assert bench.accepts(await bench.vault.access_token(alice))
    assert bench.accepts(await bench.vault.access_token(bob))


async def test_f06_a_sign_in_that_cannot_be_reached_keeps_the_link(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    real, bench.endpoint.issuer = bench.endpoint.issuer, "http://127.0.0.1:1"
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person)
    bench.endpoint.issuer = real
    assert bench.accepts(await bench.restarted().access_token(person))


async def test_f06_calls_during_an_hours_outage() -> None:
    now = 0.0
    cooldown = refresh.Cooldown(lambda: now)
    calls = []
    while now < 3600:
        if cooldown.allows("p"):
            calls.append(now)
            cooldown.start("p", 0.0)
        now += 1
    assert max(sum(start <= at < start + 60 for at in calls) for start in range(3600)) <= 2


async def test_f06_a_token_that_still_works_is_used_during_an_outage(bench: VaultBench) -> None:
    person = await bench.link()
    token = await bench.vault.access_token(person)
    bench.clock.advance(3600 - 30)
    bench.atlassian.fault(times=None, status=503)
    assert await bench.vault.access_token(person) == token
    bench.clock.advance(30)
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person)


async def test_f07_a_revoked_grant_is_noticed_once(bench: VaultBench) -> None:
    person = await bench.link()
    bench.atlassian.login.revoke(user().account_id)
    bench.expire()
    for _ in range(5):
        results = await asyncio.gather(
            *(bench.vault.access_token(person) for _ in range(20)), return_exceptions=True
        )
        assert {type(r) for r in results} == {GrantRevokedError}
    with pytest.raises(GrantRevokedError):
        await bench.vault.account(person)
    with pytest.raises(GrantRevokedError):
        await bench.restarted().access_token(person)
    await bench.vault.close()
    assert bench.revoked == [person]
    assert bench.atlassian.refreshes == ["invalid_grant"]
    assert (await bench.grant(person)).tokens == ""


@pytest.mark.parametrize("background", [False, True], ids=["alone", "joining a refresh in the background"])
async def test_f07_who_waits_for_the_outcome_gets_no_notice_beside_the_answer(
    bench: VaultBench, background: bool
) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go, status=400, body='{"error": "invalid_grant"}')
    readers = [asyncio.create_task(bench.vault.access_token(person))] if background else []
    readers.append(asyncio.create_task(bench.vault.access_token(person, interactive=True)))
    await fault.hit.wait()
    go.set()
    results = await asyncio.gather(*readers, return_exceptions=True)
    assert {type(result) for result in results} == {GrantRevokedError}
    await bench.vault.close()
    assert bench.revoked == []


async def test_f07_who_gave_up_waiting_gets_a_notice(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go, status=400, body='{"error": "invalid_grant"}')
    reader = asyncio.create_task(bench.vault.access_token(person, interactive=True))
    await fault.hit.wait()
    reader.cancel()
    await asyncio.wait([reader])
    go.set()
    await bench.vault.close()
    assert bench.revoked == [person]


async def test_f07_a_replica_with_a_cached_token_sees_the_end(bench: VaultBench) -> None:
    person = await bench.link()
    other = bench.restarted()
    token = await other.access_token(person)
    bench.atlassian.login.revoke(user().account_id)
    with pytest.raises(GrantRevokedError):
        await bench.vault.access_token(person, rejected=token)
    with pytest.raises(GrantRevokedError):
        await other.access_token(person)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("error", ["invalid_grant", "unauthorized_client"])
async def test_f07_a_dead_grant_is_dead_whatever_the_status(bench: VaultBench, status: int, error: str) -> None:
    person = await bench.link()
    bench.expire()
    bench.atlassian.fault(status=status, body=f'{{"error": "{error}"}}')
    with pytest.raises(GrantRevokedError):
        await bench.vault.access_token(person)


async def test_f07_who_loses_a_race_uses_the_winners_grant(bench: VaultBench) -> None:
    """A holder that was paused under the lock asks with a token that another has long replaced."""
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go, status=403, body='{"error": "invalid_grant"}')
    paused = asyncio.create_task(bench.vault.access_token(person))
    await fault.hit.wait()
    tokens = bench.atlassian.consent()
    grant = await bench.grant(person)
    await bench.vault.table.update(person, lambda g: bench.vault.table.with_tokens(g, tokens, bench.clock()))
    go.set()
    assert await paused == tokens.access
    assert (await bench.grant(person)).generation != grant.generation
    assert bench.revoked == []

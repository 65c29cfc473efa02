"""The vault when everything works: tokens, sites, names, unlinking, key rotation."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.accounts.account_index import TABLE as HOLDERS
from bot.accounts.audit import TABLE as AUDIT
from bot.accounts.connect_links import ConnectLinks
from bot.accounts.grant_table import owner
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import NotConnectedError, Pending, SignInUnavailableError
from bot.chat.identity import Conversation, Person, Scope
from bot.jira.models import JiraUser
from bot.storage.base import StoreCorruptError
from bot.storage.encryption import Keyring, TamperedError, UnknownKeyError, new_key
from tests.support.accounts import OTHER_SITE, SITE, VaultBench, someone, user
from tests.support.storage.contents import records


async def test_a_link_is_read_back_as_it_was_saved(bench: VaultBench) -> None:
    person = await bench.link(sites=(SITE, OTHER_SITE))
    account = await bench.vault.account(person)
    assert (account.person, account.user, account.sites) == (person, user(), (SITE, OTHER_SITE))
    assert (account.site, account.linked_at) == (SITE, bench.clock())


async def test_nobody_is_connected_without_a_link(bench: VaultBench) -> None:
    for call in (bench.vault.account, bench.vault.access_token):
        with pytest.raises(NotConnectedError):
            await call(someone())
    assert await bench.vault.disconnect(someone()) is False


async def test_a_valid_token_is_given_without_a_call(bench: VaultBench) -> None:
    person = await bench.link()
    token = await bench.vault.access_token(person)
    assert bench.accepts(token)
    assert await bench.vault.access_token(person) == token
    assert bench.atlassian.refreshes == []


async def test_a_token_is_that_of_the_link_whose_account_was_read(bench: VaultBench) -> None:
    person, replica = await bench.link(), bench.restarted()
    await bench.vault.access_token(person)
    tokens = bench.atlassian.consent(1)
    await replica.save_link(person, user(1), (SITE,), tokens, default_site=SITE.cloud_id)
    assert (await bench.vault.account(person)).user == user(1)
    assert await bench.vault.access_token(person) == tokens.access


async def test_a_token_is_renewed_at_least_a_minute_before_it_expires(bench: VaultBench) -> None:
    person = await bench.link()
    old = await bench.vault.access_token(person)
    bench.clock.advance(3600 - 60)
    new = await bench.vault.access_token(person)
    assert new != old
    assert bench.accepts(new)
    assert bench.atlassian.refreshes == ["ok"]


async def test_a_short_lived_token_is_used_for_most_of_its_life(bench: VaultBench) -> None:
    bench.atlassian.login.tokens.access_seconds = 20
    person = await bench.link()
    first = await bench.vault.access_token(person)
    bench.clock.advance(14)
    assert await bench.vault.access_token(person) == first
    bench.clock.advance(2)
    assert await bench.vault.access_token(person) != first


async def test_a_rejected_token_is_renewed_whatever_its_expiry(bench: VaultBench) -> None:
    person = await bench.link()
    old = await bench.vault.access_token(person)
    tokens = await asyncio.gather(*(bench.vault.access_token(person, rejected=old) for _ in range(50)))
    assert set(tokens) != {old}
    assert len(set(tokens)) == 1
    assert bench.atlassian.refreshes == ["ok"]


async def test_a_token_rejected_before_the_last_renewal_causes_no_call(bench: VaultBench) -> None:
    person = await bench.link()
    old = await bench.vault.access_token(person)
    new = await bench.vault.access_token(person, rejected=old)
    assert await bench.vault.access_token(person, rejected=old) == new
    assert bench.atlassian.refreshes == ["ok"]


async def test_a_new_vault_finds_what_another_renewed(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    token = await bench.vault.access_token(person)
    assert await bench.restarted().access_token(person) == token


async def test_relinking_is_seen_by_a_vault_that_cached_the_old_link(bench: VaultBench) -> None:
    person = await bench.link()
    other = bench.restarted()
    old = await other.access_token(person)
    await bench.vault.disconnect(person)
    with pytest.raises(NotConnectedError):
        await other.access_token(person)
    await bench.link()
    assert await other.access_token(person) != old


async def test_the_same_account_keeps_its_sites_and_another_replaces_them(bench: VaultBench) -> None:
    person = await bench.link(sites=(SITE,))
    await bench.link(sites=(OTHER_SITE,))
    assert {s.cloud_id for s in (await bench.vault.account(person)).sites} == {"cloud-1", "cloud-2"}
    stranger = JiraUser("712020:other", "Other")
    await bench.vault.save_link(
        person, stranger, (OTHER_SITE,), bench.atlassian.consent(1), default_site="cloud-2"
    )
    account = await bench.vault.account(person)
    assert (account.user, account.sites) == (stranger, (OTHER_SITE,))
    assert [row.key for row in await bench.store.page(HOLDERS)] == ["cloud-2/712020:other"]


async def test_choosing_a_site(bench: VaultBench) -> None:
    person = await bench.link(sites=(SITE, OTHER_SITE))
    assert (await bench.vault.choose_site(person, "cloud-2")).site == OTHER_SITE
    assert (await bench.vault.account(person)).site == OTHER_SITE
    with pytest.raises(KeyError):
        await bench.vault.choose_site(person, "cloud-3")
    with pytest.raises(NotConnectedError):
        await bench.vault.choose_site(someone(1), "cloud-2")


async def test_choosing_a_site_during_a_refresh_loses_neither(bench: VaultBench) -> None:
    person = await bench.link(sites=(SITE, OTHER_SITE))
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    refresh = asyncio.create_task(bench.vault.access_token(person))
    await fault.hit.wait()
    await bench.vault.choose_site(person, "cloud-2")
    go.set()
    assert bench.accepts(await refresh)
    assert (await bench.vault.account(person)).site == OTHER_SITE


async def test_who_a_jira_account_is(bench: VaultBench) -> None:
    person = await bench.link()
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == [person]
    assert await bench.vault.people_of(OTHER_SITE.cloud_id, user().account_id) == []
    await bench.vault.disconnect(person)
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == []


async def test_one_jira_account_may_be_linked_by_two_people(bench: VaultBench) -> None:
    first, second = someone(0), someone(1)
    for person in (first, second, first):
        tokens = bench.atlassian.consent(0)
        await bench.vault.save_link(person, user(), (SITE,), tokens, default_site=SITE.cloud_id)
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == [first, second]
    await bench.vault.disconnect(first)
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == [second]
    await bench.vault.disconnect(second)
    assert await bench.store.page(HOLDERS) == []


async def test_an_account_that_was_written_down_before_it_could_be_two_peoples(bench: VaultBench) -> None:
    first, second = await bench.link(0), someone(1)
    await bench.store.put(
        HOLDERS, f"{SITE.cloud_id}/{user().account_id}", {"person": first.key}, tags=(first.key,)
    )
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == [first]
    await bench.vault.save_link(second, user(), (SITE,), bench.atlassian.consent(1), default_site=SITE.cloud_id)
    assert await bench.vault.people_of(SITE.cloud_id, user().account_id) == [first, second]


async def test_disconnecting_during_a_refresh_leaves_nothing_behind(bench: VaultBench) -> None:
    person = await bench.link()
    bench.expire()
    go = asyncio.Event()
    fault = bench.atlassian.fault(until=go)
    refresh = asyncio.create_task(bench.vault.access_token(person))
    await fault.hit.wait()
    assert await bench.vault.disconnect(person) is True
    go.set()
    with pytest.raises(NotConnectedError):
        await refresh
    assert await bench.rows() == 0


async def test_t42_disconnect_leaves_no_row_of_the_person_in_any_table(bench: VaultBench) -> None:
    person = await bench.link()
    stays = await bench.link(1)
    place = Conversation("19:abc", Scope.PERSONAL, person.tenant, "https://smba.example/", "28:bot")
    await ConnectLinks(bench.store, "https://bot.example").connect_url(person, Pending(place, {"text": "mine"}))
    assert await bench.vault.disconnect(person) is True
    left = [row for row in await records(bench.store) if row.table != AUDIT]
    assert not [row.table for row in left if person.oid in f"{row.key}{row.value}"]
    assert (await bench.vault.account(stays)).person == stays


async def test_t42_a_grant_that_speaks_for_another_account_is_unlinked(bench: VaultBench) -> None:
    person = await bench.link()

    async def somebody_else(_token: str, _cloud_id: str) -> JiraUser:
        return user(1)

    vault = GrantVault(bench.store, bench.keyring, bench.endpoint, clock=bench.clock, whoami=somebody_else)
    bench.expire()
    with pytest.raises(NotConnectedError):
        await vault.access_token(person)
    assert await bench.rows() == 0


async def test_t39_keys_rotate_while_grants_are_used(bench: VaultBench, key: str) -> None:
    people = [await bench.link(number) for number in range(4)]
    new = new_key()
    vault = GrantVault(bench.store, Keyring([new, key]), bench.endpoint, clock=bench.clock)
    bench.expire()
    tokens, _ = await asyncio.gather(asyncio.gather(*map(vault.access_token, people)), vault.rotate_keys())
    assert all(map(bench.accepts, tokens))
    only_new = GrantVault(bench.store, Keyring([new]), bench.endpoint, clock=bench.clock)
    assert [await only_new.access_token(p) for p in people] == tokens
    assert await only_new.rotate_keys() == 0
    assert bench.atlassian.refreshes == ["ok"] * 4


async def test_t38_sealed_tokens_open_for_their_owner_alone(bench: VaultBench) -> None:
    alice, bob = await bench.link(0), await bench.link(1)
    rows = {p: await bench.store.get("grants", p.key) for p in (alice, bob)}
    value = dict(rows[bob].value) | {"tokens": rows[alice].value["tokens"], "generation": "swapped"}  # type: ignore[union-attr]
    await bench.store.put("grants", bob.key, value)
    with pytest.raises(TamperedError):
        await bench.vault.access_token(bob)
    with pytest.raises(UnknownKeyError):
        Keyring([new_key()]).open(str(rows[alice].value["tokens"]), owner=owner(alice))  # type: ignore[union-attr]


async def test_t38_no_token_is_in_the_files_in_clear(bench: VaultBench, tmp_path: object) -> None:
    person = await bench.link()
    pair = bench.vault.table.open(await bench.grant(person))
    files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())  # type: ignore[attr-defined]
    assert person.oid.encode() in files
    for secret in (pair.access, pair.refresh):
        assert secret.encode() not in files


async def test_a_spoilt_record_is_named_and_not_overwritten(bench: VaultBench) -> None:
    person = await bench.link()
    await bench.store.put("grants", person.key, {"generation": "x", "ended": "", "tokens": 1})
    with pytest.raises(StoreCorruptError, match="grants"):
        await bench.vault.access_token(person)


async def test_accounts_are_listed_for_the_admin(bench: VaultBench) -> None:
    people = sorted([await bench.link(n) for n in range(5)], key=lambda p: p.key)
    assert [account.person async for account in bench.vault.accounts()] == people


async def test_a_failing_callback_is_no_failure_of_the_command(bench: VaultBench) -> None:
    async def broken(_person: Person) -> None:
        raise RuntimeError

    vault = GrantVault(bench.store, bench.keyring, bench.endpoint, clock=bench.clock, on_revoked=broken)
    person = await bench.link()
    bench.atlassian.login.revoke(user().account_id)
    bench.expire()
    with pytest.raises(NotConnectedError):
        await vault.access_token(person)
    await vault.close()


async def test_the_hot_path_costs_microseconds(bench: VaultBench) -> None:
    person = await bench.link()
    await bench.vault.access_token(person)
    began = time.perf_counter()
    for _ in range(2000):
        await bench.vault.access_token(person)
    assert (time.perf_counter() - began) / 2000 < 0.0005  # some 15 µs on an idle machine


async def test_a_token_that_atlassian_repeats_is_not_given_out_again(bench: VaultBench) -> None:
    person = await bench.link()
    token = await bench.vault.access_token(person)
    body = f'{{"access_token": "{token}", "expires_in": 3600, "refresh_token": "r"}}'
    bench.atlassian.fault(status=200, body=body, times=None)
    with pytest.raises(SignInUnavailableError):
        await bench.vault.access_token(person, rejected=token)

"""Sites that are renamed, added or get a domain of their own."""

from __future__ import annotations

import pytest

from bot.accounts.sites import REREAD_SECONDS, UNKNOWN_HOST_SECONDS, SiteUpdates, merge_sites
from bot.chat.identity import Person
from bot.jira.models import Site
from bot.jobs.tasks import BackgroundTasks
from tests.support.accounts import SCOPES, SITE, VaultBench

RENAMED = Site(SITE.cloud_id, "https://renamed.example", "Renamed", SCOPES)
ADDED = Site("cloud-9", "https://nine.example", "Nine", SCOPES)


class Rows:
    """What Atlassian lists."""

    def __init__(self, *sites: Site) -> None:
        self.sites, self.reads = sites, 0

    async def read(self, _token: str) -> tuple[Site, ...]:
        self.reads += 1
        return self.sites


def updates(bench: VaultBench, rows: Rows, tasks: BackgroundTasks, told: list[tuple[Site, ...]]) -> SiteUpdates:
    async def on_changed(_person: Person, sites: tuple[Site, ...]) -> None:
        told.append(sites)

    return SiteUpdates(bench.vault, rows.read, SCOPES, tasks, on_changed=on_changed, clock=bench.clock)


async def test_a_link_to_an_unknown_host_reads_them_again_at_most_once_a_minute(bench: VaultBench) -> None:
    person, rows, told = await bench.link(), Rows(RENAMED, ADDED), list[tuple[Site, ...]]()
    async with BackgroundTasks() as tasks:
        sites = updates(bench, rows, tasks, told)
        found = await sites.find(person, "https://renamed.example")
        assert found is not None
        assert [site.url for site in found.sites] == [RENAMED.url, ADDED.url]
        assert [len(each) for each in told] == [2]
        assert found.site_by_origin(SITE.origin) == found.site_by_origin(RENAMED.origin)
        assert await sites.find(person, "https://evil.example") is None
        assert rows.reads == 1
        bench.clock.advance(UNKNOWN_HOST_SECONDS)
        assert await sites.find(person, "https://evil.example") is None
        assert rows.reads == 2
        assert len(told) == 1
    assert (await bench.restarted().account(person)).sites == found.sites


async def test_they_are_read_once_a_day_while_they_are_used(bench: VaultBench) -> None:
    person, rows, told = await bench.link(), Rows(RENAMED), list[tuple[Site, ...]]()
    async with BackgroundTasks() as tasks:
        sites = updates(bench, rows, tasks, told)
        for advance, reads in ((0.0, 0), (REREAD_SECONDS, 1), (REREAD_SECONDS / 2, 1), (REREAD_SECONDS / 2, 2)):
            bench.clock.advance(advance)
            for _ in range(3):
                sites.note_use(person)
            await tasks.close(5)
            assert rows.reads == reads
    assert (await bench.vault.account(person)).site.url == RENAMED.url


@pytest.mark.parametrize("rows", [(), (Site(SITE.cloud_id, SITE.url, SITE.name, ("read:wiki",)),)])
async def test_a_link_never_loses_all_of_its_sites(bench: VaultBench, rows: tuple[Site, ...]) -> None:
    person = await bench.link()
    async with BackgroundTasks() as tasks:
        assert (await updates(bench, Rows(*rows), tasks, []).update(person)).sites == (SITE,)


def test_former_addresses_are_kept_through_several_names() -> None:
    once = merge_sites([SITE], (RENAMED,))
    twice = merge_sites(once, (Site(SITE.cloud_id, "https://jira.example.org", "Own", SCOPES),))
    assert twice[0].former_origins == (SITE.origin, RENAMED.origin)
    back = merge_sites(twice, (SITE,))
    assert back[0].former_origins == (RENAMED.origin, "https://jira.example.org")

"""T34, T37: a pasted link is never fetched; it leads to an issue of the connected site itself, or to none."""

from __future__ import annotations

import pytest

from bot.accounts.model import Account
from bot.chat.identity import Person
from bot.jira.models import JiraUser, Site
from sandbox.teams import ALICE, CHANNEL
from tests.support.json_path import at
from tests.support.rows import Row
from tests.support.world import World

NOTHING = {"type": "result", "attachmentLayout": "list", "attachments": []}
SITE = Site("cloud-1", "https://acme.atlassian.net", "acme")


LOOK_ALIKES = [
    "{site}0/browse/DEMO-2",
    "{site}.evil.example/browse/DEMO-2",
    "{site}@evil.example/browse/DEMO-2",
    "{scheme}://evil.example/{host}/browse/DEMO-2",
    "{scheme}://evil.{host}/browse/DEMO-2",
    "{scheme}://evil.example@{host}/browse/DEMO-2",
    "{scheme}://evil.example#@{host}/browse/DEMO-2",
    "{scheme}://169.254.169.254/browse/DEMO-2",
    "{scheme}://[::1]/browse/DEMO-2",
    "{other}://{host}/browse/DEMO-2",
]


async def test_t34_link_of_a_look_alike_host_shows_nothing(world: World, row: Row) -> None:
    await world.link()
    site = world.sandbox.site.url
    scheme, _, host = site.partition("://")
    other = "http" if scheme == "https" else "https"
    for link in LOOK_ALIKES:
        with row(link):
            url = link.format(site=site, scheme=scheme, host=host, other=other)
            answer = await world.teams.invoke(ALICE, CHANNEL, "composeExtension/queryLink", {"url": url})
            assert answer.status == 200
            assert NOTHING.items() <= at(answer.body, "composeExtension").items()
            assert world.sandbox.requests == []


async def test_t34_link_of_the_site_itself_shows_its_issue(world: World) -> None:
    await world.link()
    url = f"{world.sandbox.site.url.upper().replace('HTTP', 'http')}/browse/DEMO-2"
    answer = await world.teams.invoke(ALICE, CHANNEL, "composeExtension/queryLink", {"url": url})
    assert "DEMO-2" in str(answer.body)


@pytest.mark.parametrize(
    "origin",
    [
        "https://acme.atlassian.net.evil.example",
        "https://acme.atlassian.net:8443",
        "https://acme.atlassian",
        "https://evil-acme.atlassian.net",
        "http://acme.atlassian.net",
        "https://acme.atlassian.net.",
        "",
    ],
)
def test_t34_site_of_a_link_is_the_connected_one_or_none(origin: str) -> None:
    account = Account(Person("tenant", "oid"), JiraUser("me", "Me"), (SITE,), SITE.cloud_id, (), 0.0)
    assert account.site_by_origin(origin) is None
    assert account.site_by_origin("https://acme.atlassian.net") == SITE


async def test_t37_link_query_of_a_place_without_the_app_shows_nothing(world: World) -> None:
    """The sender is connected and may see the issue; those who read along may not, and the app is not there."""
    await world.link()
    url = f"{world.sandbox.site.url}/browse/DEMO-2"
    before = len(world.sandbox.requests)
    answer = await world.teams.invoke(ALICE, CHANNEL, "composeExtension/anonymousQueryLink", {"url": url})
    assert answer.status == 200
    assert NOTHING.items() <= at(answer.body, "composeExtension").items()
    assert len(world.sandbox.requests) == before

"""T34, T36: no request with a secret or a text in it follows a redirect to another host."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sandbox.faults import Fault
from sandbox.teams import ALICE as ALICE_IN_TEAMS
from sandbox.teams import CHANNEL, personal
from tests.support.commands.form_player import ask
from tests.support.serving import serving
from tests.support.sign_in import Linking, linking
from tests.support.world import World, free_port

__all__ = ["linking"]

REDIRECTS = [301, 302, 303, 307, 308]


class Elsewhere:
    """A host of an attacker, which notes what reaches it and answers everything with an empty object."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reached: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.reached.append(f"{request.method} {request.path} {await request.text()}")
        return web.json_response({})

    def redirect(self, method: str, path: str, status: int, server: str = "*") -> Fault:
        """Return the fault by which each such request is sent here."""
        headers = {"Location": f"{self.url}/collect"}
        return Fault(method, path, status=status, headers=headers, times=None, server=server)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    port = free_port()
    host, app = Elsewhere(f"http://127.0.0.1:{port}"), web.Application()
    app.router.add_route("*", "/{rest:.*}", host.answer)
    async with serving(app, port):
        yield host


@pytest.mark.parametrize("status", REDIRECTS)
async def test_t34_comment_does_not_follow_jira_to_another_host(
    world: World, elsewhere: Elsewhere, status: int
) -> None:
    await world.link()
    fault = world.sandbox.faults.add(elsewhere.redirect("POST", "/comment$", status))
    await ask(world, "comment DEMO-2 for nobody else", CHANNEL)
    assert (fault.hits, elsewhere.reached) == (1, [])


async def test_t34_read_does_not_follow_jira_to_another_host(world: World, elsewhere: Elsewhere) -> None:
    await world.link()
    fault = world.sandbox.faults.add(elsewhere.redirect("GET", "/issue/DEMO-2", 307))
    await ask(world, "DEMO-2", CHANNEL)
    assert fault.hits > 0
    assert elsewhere.reached == []


@pytest.mark.parametrize("status", REDIRECTS)
async def test_t36_activity_does_not_follow_teams_to_another_host(
    world: World, elsewhere: Elsewhere, status: int
) -> None:
    fault = world.teams.faults.add(elsewhere.redirect("POST", "/activities", status))
    chat = personal(ALICE_IN_TEAMS)
    await world.teams.say(ALICE_IN_TEAMS, chat, "help")
    assert fault.hits > 0
    assert elsewhere.reached == []


@pytest.mark.parametrize("status", REDIRECTS)
async def test_t36_client_secret_does_not_follow_microsoft_to_another_host(
    linking: Linking, elsewhere: Elsewhere, status: int
) -> None:
    fault = linking.sandbox.faults.add(elsewhere.redirect("POST", "/token$", status, "microsoft"))
    browser = linking.browser()
    answer = await browser.get((await linking.to_microsoft(browser)).location)
    assert answer.status in (400, 503)
    assert fault.hits > 0
    assert elsewhere.reached == []


async def test_t36_metadata_of_microsoft_is_not_taken_from_another_host(
    linking: Linking, elsewhere: Elsewhere
) -> None:
    fault = linking.sandbox.faults.add(elsewhere.redirect("GET", "openid-configuration$", 302, "microsoft"))
    assert (await linking.browser().get(f"{linking.url}/connect")).status == 503
    assert fault.hits > 0
    assert elsewhere.reached == []


@pytest.mark.parametrize("status", REDIRECTS)
async def test_t34_client_secret_does_not_follow_atlassian_to_another_host(
    linking: Linking, elsewhere: Elsewhere, status: int
) -> None:
    fault = linking.sandbox.faults.add(elsewhere.redirect("POST", "/oauth/token$", status, "atlassian"))
    page = await linking.to_confirm(linking.browser())
    assert page.status in (400, 503)
    assert fault.hits > 0
    assert elsewhere.reached == []

"""The sandbox can be told to misbehave, and does so exactly as told."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sandbox.faults import Fault
from sandbox.server import Sandbox
from tests.support.sandbox import App, Client, adf

START = {"transition": {"id": "11"}}


async def test_f10_status_with_headers_for_the_next_n(alice: Client) -> None:
    alice.sandbox.faults.add(Fault(path="/myself", status=429, headers={"Retry-After": "7"}, times=2))
    answers = [await alice.get("/myself") for _ in range(3)]
    assert [a.status for a in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"


async def test_the_nth_match_only(alice: Client) -> None:
    fault = alice.sandbox.faults.add(Fault("GET", "/issue/", status=500, skip=1))
    statuses = [(await alice.get("/issue/DEMO-2")).status for _ in range(3)]
    assert statuses == [200, 500, 200]
    assert (fault.seen, fault.hits) == (3, 1)


async def test_method_and_server_are_matched(alice: Client) -> None:
    alice.sandbox.faults.add(Fault("POST", server="jira", status=503, times=None))
    alice.sandbox.faults.add(Fault(server="microsoft", status=503, times=None))
    assert (await alice.get("/myself")).status == 200
    assert (await alice.renew()).status == 200
    assert (await alice.post("/issue/DEMO-2/transitions", START)).status == 503
    alice.sandbox.faults.clear()
    assert (await alice.post("/issue/DEMO-2/transitions", START)).status == 204


async def test_f11_html_page(alice: Client) -> None:
    alice.sandbox.faults.html(path="/myself")
    answer = await alice.get("/myself")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<html>" in str(answer.body)


async def test_redirect(alice: Client) -> None:
    alice.sandbox.faults.add(Fault(status=302, headers={"Location": "http://127.0.0.1:9/"}))
    url = f"{alice.sandbox.api_url}/me"
    async with alice.session.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:9/")


async def test_reset_does_no_work(alice: Client) -> None:
    alice.sandbox.faults.add(Fault("POST", "/transitions", reset=True))
    with pytest.raises(aiohttp.ClientError):
        await alice.post("/issue/DEMO-2/transitions", START)
    assert alice.sandbox.site.issues["DEMO-2"].text("status") == "10000"


async def test_f05_drop_does_the_work_first(alice: Client) -> None:
    alice.sandbox.faults.add(Fault("POST", "/transitions", drop=True))
    with pytest.raises(aiohttp.ClientError):
        await alice.post("/issue/DEMO-2/transitions", START)
    assert alice.sandbox.site.issues["DEMO-2"].text("status") == "3"


async def test_f05_lost_token_answer_still_rotated(alice: Client) -> None:
    alice.sandbox.faults.add(Fault(path="/oauth/token", drop=True, server="atlassian"))
    with pytest.raises(aiohttp.ClientError):
        await alice.renew()
    assert (await alice.renew()).status == 200
    assert [c.outcome for c in alice.sandbox.atlassian.tokens.calls][1:] == ["ok", "leeway"]


async def test_f11_truncated_body(alice: Client) -> None:
    alice.sandbox.faults.add(Fault(path="/issue/", truncate=True))
    with pytest.raises(aiohttp.ClientPayloadError):
        await alice.get("/issue/DEMO-2")


async def test_f09_held_before_the_work_until_told(alice: Client) -> None:
    go = asyncio.Event()
    fault = alice.sandbox.faults.add(Fault("POST", "/transitions", until=go))
    moving = asyncio.create_task(alice.post("/issue/DEMO-2/transitions", START))
    await fault.hit.wait()
    assert alice.sandbox.site.issues["DEMO-2"].text("status") == "10000"
    go.set()
    assert (await moving).status == 204


async def test_held_in_the_middle_of_the_body(alice: Client) -> None:
    go = asyncio.Event()
    fault = alice.sandbox.faults.add(Fault("POST", "/comment", late_until=go))
    commenting = asyncio.create_task(alice.post("/issue/DEMO-2/comment", {"body": adf("x")}))
    await fault.hit.wait()
    assert not commenting.done()
    go.set()
    assert (await commenting)["jsdPublic"] is True


async def test_closing_does_not_wait_for_what_is_held(app: App) -> None:
    async with asyncio.timeout(10):
        async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
            fault = sandbox.faults.add(Fault(until=asyncio.Event()))
            asking = asyncio.create_task(session.get(f"{sandbox.api_url}/me"))
            await fault.hit.wait()
        with pytest.raises((aiohttp.ClientError, asyncio.CancelledError)):
            await asking

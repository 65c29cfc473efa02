"""The board, used as a person uses it."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.browser import Browser
from sandbox.people import PEOPLE
from sandbox.server import Sandbox
from tests.support.sandbox import App


async def test_a_person_creates_moves_assigns_and_comments(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    browser = Browser(session)
    board = await browser.open(sandbox.board_url)
    page = await browser.submit(board, {"summary": "<b>Bold</b> & new", "project": "DEMO", "type": "Bug"}, form=1)
    assert page.url.endswith("/browse/DEMO-7")
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; new" in page.text
    assert "<b>Bold" not in page.text
    page = await browser.submit(page, {"transition": "11"}, form=1)
    page = await browser.submit(page, {"assignee": PEOPLE[1].account_id}, form=2)
    page = await browser.submit(page, {"text": "<script>alert(1)</script>"}, form=3)
    assert "In Progress" in page.text
    assert "<script>" not in page.text
    await sandbox.webhooks_settled()
    assert sorted(app.events()) == [
        "comment_created",
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_updated",
    ]
    log = await browser.open(f"{sandbox.board_url}/webhooks")
    assert log.text.count("DEMO-7") == 4
    await browser.submit(log, form=1)
    await sandbox.webhooks_settled()
    assert len(app.hooks) == 5


async def test_somebody_else_sees_something_else(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    browser = Browser(session)
    as_alice = await browser.open(sandbox.board_url)
    as_eve = await browser.submit(as_alice, {"person": PEOPLE[4].account_id}, form=0)
    assert "HR-1" in as_alice.text
    assert "DEMO-6" in as_alice.text
    assert "HR-1" not in as_eve.text
    assert "DEMO-6" not in as_eve.text
    assert (await browser.open(f"{sandbox.board_url}/browse/DEMO-6")).status == 404


@pytest.mark.parametrize(
    ("transition", "resolution", "status"), [("61", "", 400), ("61", "10001", 200), ("99", "", 400)]
)
async def test_jira_says_no_on_the_page(
    session: aiohttp.ClientSession, sandbox: Sandbox, transition: str, resolution: str, status: int
) -> None:
    browser = Browser(session)
    page = await browser.open(f"{sandbox.board_url}/browse/DEMO-2")
    page = await browser.submit(page, {"transition": transition, "resolution": resolution}, form=1)
    assert page.status == status


async def test_form_of_another_page_is_refused(session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    headers = {"Origin": "https://evil.example"}
    data = {"project": "DEMO", "type": "Task", "summary": "Forged"}
    async with session.post(f"{sandbox.board_url}/issues", data=data, headers=headers) as answer:
        assert answer.status == 403
    assert "DEMO-7" not in sandbox.site.issues

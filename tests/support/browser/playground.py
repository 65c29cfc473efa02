"""Microsoft's Agents Playground, started beside a bridge and driven as a person drives it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Locator, Page, WebSocket, expect
from playwright.async_api import TimeoutError as NotSeenError

from sandbox.faults import Fault
from tests.support.browser.chromium import SCREENSHOTS
from tests.support.paths import ROOT

SCRIPT = str(ROOT / "scripts/playground")
PERSONAL, GROUP, CHANNEL = "Personal Chat", "Release crew", "Platform Team - Releases"
"""The conversations, as the Playground lists them."""
APP, ITSELF = "User Application", "Microsoft 365 Agents Playground"
"""Who sends what, in the words of its log."""
INSTALL_SECONDS = 60
START_SECONDS = 30
DRAWN_BY = 8_000
"""Milliseconds."""
BOX = "[role=textbox][contenteditable=true]"
CARD = ".ac-adaptiveCard:not(.ac-adaptiveCard *)"
"""What a button folds out is a card within the card."""


async def missing() -> str:
    """Why the Playground cannot be had here; empty when it is installed."""
    if shutil.which("npm") is None:
        return "no npm here: apt-get install nodejs npm (Node.js 20 or newer)"
    process = await asyncio.create_subprocess_exec(
        SCRIPT, "install", stderr=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGTERM)
        await process.communicate()
        return "npm could not install the Playground in time"
    return f"npm could not install the Playground: {said.decode()[:300]}" if process.returncode else ""


@asynccontextmanager
async def playground(bot_url: str, port: int) -> AsyncIterator[str]:
    """Run the Playground; its address."""
    process = await asyncio.create_subprocess_exec(
        SCRIPT,
        bot_url,
        "-p",
        str(port),
        env={**os.environ, "TEAMSAPPTESTER_BROWSER": "none"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            address = await _address(process)
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Its own words tell: it takes another port when the one that was asked for is taken."""
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"Listening on"):
            return f"http://127.0.0.1:{int(line.split()[-1])}"
    raise RuntimeError(f"the Playground ended with {await process.wait()}")


@dataclass
class Client:
    """Its user interface in one page: Alice, in one conversation after the other."""

    page: Page
    log: list[Mapping[str, Any]] = field(default_factory=list)
    """The Playground's own log: `request.body` holds the activity, `from` says who sent it."""

    async def visit(self, address: str) -> None:
        """Open the Playground, and follow its log from the start."""
        self.page.on("websocket", self._follow)
        await self.page.goto(address, wait_until="domcontentloaded")

    def _follow(self, socket: WebSocket) -> None:
        def heard(frame: str | bytes) -> None:
            entry = json.loads(frame).get("log", {})
            if "request" in entry:
                self.log.append(entry)

        if socket.url.endswith("/_ws/log/stream"):
            socket.on("framereceived", heard)

    def last(self, name: str, sender: str, saying: str = "") -> dict[str, Any]:
        """Find the newest activity of that name, and with these words, in the log: `APP` sent it, or `ITSELF`."""
        found = [e for e in self.log if e.get("activityName") == name and e.get("from") == sender]
        bodies: list[dict[str, Any]] = [e["request"]["body"] for e in found]
        return next(body for body in reversed(bodies) if saying in json.dumps(body, ensure_ascii=False))

    async def open(self, conversation: str) -> None:
        """Goes to a conversation by its name in the list."""
        await self.page.get_by_role("treeitem", name=conversation, exact=True).click()
        await self.page.locator(BOX).first.wait_for()

    async def type(self, text: str) -> None:
        """Send a message in a personal chat."""
        await self.page.locator(BOX).last.click()
        await self.page.keyboard.type(text)
        await self.page.locator('button[aria-label="Send Message"]').last.click()

    async def mention(self, text: str) -> None:
        """Send `@Jira text` in a group chat, or as a new post in a channel."""
        box = self.page.locator(BOX).first
        await box.click()
        await self.page.keyboard.type("@")
        await self.page.get_by_role("menuitem").filter(has_text="Jira").click()
        # The focus comes back a moment after the name is there; what is typed before that is lost.
        await expect(box).to_contain_text("Jira")
        await box.press("End")
        await self.page.keyboard.type(f" {text}")
        await expect(box).to_contain_text(text)
        await self.page.locator('button[aria-label="Send Message"], button:text-is("Post")').first.click()

    async def ask(self, text: str, answer: Locator) -> None:
        """Mentions the bot and waits for its answer. Now and then the Playground does not draw one: asks twice."""
        await self.mention(text)
        try:
            await answer.wait_for(timeout=DRAWN_BY)
        except NotSeenError:
            await self.mention(text)
            await answer.wait_for()

    def card(self, text: str) -> Locator:
        """Locate the newest card that shows a text."""
        return self.page.locator(CARD).filter(has_text=text).last

    async def extension(self, kind: str) -> None:
        """Open the message extension: `Search Command` or `Link Unfurling`."""
        await self.page.locator('button[aria-label="Trigger Message Extension App"]').last.click()
        await self.page.get_by_role("menuitem", name=kind).click()

    async def updated(self, times: int) -> None:
        """Wait until the bot has updated messages so often: a card that is drawn anew folds in what was open."""
        await self.page.get_by_text("message 200", exact=True).nth(times - 1).wait_for()

    async def shoot(self, name: str) -> None:
        """Take a picture for people to look at."""
        await self.page.screenshot(path=SCREENSHOTS / f"playground-{name}.png")


def refusing(**fields: str) -> Fault:
    """Jira refuses the next issue, as a rule of the workflow does: the reason by field id."""
    body = json.dumps({"errorMessages": [], "errors": fields})
    return Fault("POST", "/rest/api/3/issue$", status=400, body=body)


def button(card: Locator, text: str) -> Locator:
    """Locate a button of a card by a part of its label."""
    return card.locator("button", has_text=text).first


def labelled(card: Locator, label: str) -> Locator:
    """Locate an input of a card, by the start of its label."""
    return card.get_by_label(re.compile(rf"^{re.escape(label)}")).and_(card.locator("input, textarea")).first


async def choose(card: Locator, label: str, *titles: str) -> None:
    """Pick choices in a list that unfolds; one in which several can be picked stays open until Escape."""
    entry = labelled(card, label)
    await entry.click()
    for title in titles:
        one = card.page.get_by_role("option", name=title, exact=True)
        await one.or_(card.page.get_by_role("menuitemcheckbox", name=title, exact=True)).click()
    if await entry.get_attribute("aria-expanded") == "true":
        await entry.press("Escape")


async def tick(card: Locator, *titles: str) -> None:
    """Ticks boxes, or radio buttons, that stand in the open. Their own labels lie over them."""
    for title in titles:
        await card.locator("label").get_by_text(title, exact=True).click()

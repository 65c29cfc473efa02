"""A real browser for tests: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.support.paths import ROOT

SCREENSHOTS = ROOT / "build/screenshots"
EXECUTABLE = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
PATIENCE = 20_000
"""Milliseconds to wait for anything: a busy machine is no failure."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start a browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visitor:
    """One person's browser profile: cookies of its own, one page, and what the page complained about."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    """Errors of the console (a breach of the Content-Security-Policy is one) and exceptions of scripts."""

    async def open(self, url: str) -> int:
        """Goes there; the status of the page on which it ends."""
        response = await self.page.goto(url)
        assert response is not None
        return response.status

    async def see(self, text: str) -> None:
        """Wait until the page shows a text."""
        await self.page.get_by_text(text).first.wait_for()

    async def press(self, button: str) -> None:
        """Presses a button by its exact name."""
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def sign_in(self, email: str, button: str) -> None:
        """On the page of a login of the sandbox: says who one is and goes on."""
        await self.page.get_by_role("radio", name=email).check()
        await self.press(button)

    async def consent(self, email: str) -> None:
        """Through both logins, up to the page that asks to confirm."""
        await self.sign_in(email, "Continue")
        await self.see("Use app on")
        await self.sign_in(email, "Accept")
        await self.see("Connect these two accounts?")

    async def shoot(self, name: str) -> None:
        """Pictures in light and dark, on a desk and on a phone, for people to look at."""
        size = self.page.viewport_size
        assert size is not None
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme)
            for where, width in (("desk", size["width"]), ("phone", 320)):
                await self.page.set_viewport_size({"width": width, "height": size["height"]})
                assert await self.page.evaluate("document.documentElement.scrollWidth") <= width, name
                await self.page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{where}.png", full_page=True)
        await self.page.set_viewport_size(size)


async def visitor(browser: Browser, width: int = 900, height: int = 760) -> Visitor:
    """Visit with a fresh profile."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE)
    made = Visitor(context, await context.new_page())

    def heard(message: ConsoleMessage) -> None:
        # Chromium reports the status of a page that is an error on purpose, and the icon that nobody has.
        if message.type == "error" and "Failed to load resource" not in message.text:
            made.complaints.append(message.text)

    made.page.on("console", heard)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    return made

"""The heights that cards promise, as Microsoft's renderer draws them at the width of a chat in Teams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.support.paths import ROOT

WIDTH = 446
"""CSS pixels of a card in a chat of the desktop client."""
MODULES = ROOT / "node_modules"
PAGE = ROOT / "scripts" / "card_page"
SNAPSHOTS = ROOT / "tests" / "cards" / "snapshots"

pytestmark = pytest.mark.browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open a page with the renderer, as `scripts/render_cards.mjs` makes it."""
    if not (MODULES / "adaptivecards").is_dir():
        pytest.skip("the renderer is not installed: make screenshots")
    page = await browser.new_page(viewport={"width": WIDTH + 24, "height": 900})
    await page.set_content(f'<body class=light><div class=frame style="width:{WIDTH}px"></div></body>')
    await page.add_style_tag(path=MODULES / "adaptivecards/dist/adaptivecards.css")
    await page.add_style_tag(path=PAGE / "teams.css")
    await page.add_script_tag(path=MODULES / "markdown-it/dist/browser/markdown-it.umd.min.js")
    await page.add_script_tag(path=MODULES / "adaptivecards/dist/adaptivecards.min.js")
    await page.add_script_tag(path=PAGE / "draw.js")
    yield page
    await page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "height"),
    [("help", 500), ("help-unlinked", 500), ("help-channel", 500), ("issue-short", 420), ("issue-bare", 420)],
)
async def test_card_is_no_higher_than_promised(page: Page, name: str, height: int, theme: str) -> None:
    card = json.loads((SNAPSHOTS / f"{name}.json").read_text("utf-8"))
    config = ROOT / "tests" / "data" / f"hostconfig-microsoft-teams-{theme}.json"
    drawn = await page.evaluate(
        "given => window.drawCard(...given)", [card, json.loads(config.read_text("utf-8-sig"))]
    )
    assert drawn["complaints"] == []
    assert 100 < drawn["height"] <= height

"""Draws the two icons from their SVG files.

Run `python -m manifest.draw_icons` after changing one of those.

Needs Chromium (`CHROMIUM`, default `/usr/bin/chromium`) and the development dependencies.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
SIZES = {"color": 192, "outline": 32}
"""Pixels a side, as Teams requires."""


def main() -> None:
    """Write `color.png` and `outline.png`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, size in SIZES.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            svg = (FOLDER / f"{name}.svg").read_text("utf-8")
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{svg}")
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()

"""Draws the small pictures of the issue card into cards/images/, with few colours and so few bytes.

Run `python -m scripts.draw_icons` after changing one. Needs Chromium (`CHROMIUM`, default `/usr/bin/chromium`), a
sans-serif font, and the development dependencies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from playwright.sync_api import Page, sync_playwright

from cards.png import encode
from tests.support.paths import ROOT

SIZE = 32
"""Pixels a side: twice what a card shows, for screens with a high resolution."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTER_WIDTH, LETTER_HEIGHT = 14, 16
_SHADES = 5
"""Levels of opacity that are kept of an edge."""


def _square(color: str, inside: str) -> str:
    return f'<rect x="1" y="1" width="14" height="14" rx="3" fill="{color}"/>{inside}'


def _line(path: str, color: str = "#fff", width: float = 1.6) -> str:
    style = f'stroke="{color}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"'
    return f'<path d="{path}" fill="none" {style}/>'


ICONS: Mapping[str, str] = {
    "bug": _square("#e5484d", '<circle cx="8" cy="8" r="3.2" fill="#fff"/>'),
    "task": _square("#3b82f6", _line("M4.8 8.2l2.2 2.2 4.2-4.6")),
    "story": _square("#4aa564", '<path d="M5.4 4.2h5.2v7.8L8 9.8 5.4 12z" fill="#fff"/>'),
    "epic": _square("#8e5bd0", '<path d="M9 3L4.8 8.8h2.7L7 13l4.2-5.8H8.5z" fill="#fff"/>'),
    "subtask": _square("#3b82f6", _line("M5 4.8v4.4h5.4M8.6 7.2l2 2-2 2")),
    "issue": _square("#7a869a", _line("M5 6h6M5 8.4h6M5 10.8h3.6", width=1.3)),
    "highest": _line("M3.5 7.5L8 3.5l4.5 4M3.5 12L8 8l4.5 4", "#e5484d", 2),
    "high": _line("M3.5 10L8 6l4.5 4", "#e5484d", 2),
    "medium": _line("M3.5 6.2h9M3.5 9.8h9", "#e79a2b", 2),
    "low": _line("M3.5 6L8 10l4.5-4", "#3b82f6", 2),
    "lowest": _line("M3.5 4L8 8l4.5-4M3.5 8.5l4.5 4 4.5-4", "#3b82f6", 2),
}


def main() -> None:
    """Write one PNG an icon, and letters.png: the letters of initials from left to right."""
    folder = ROOT / "cards" / "images"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for name, inside in ICONS.items():
            pixels = list(_rasterize(page, inside, "0 0 16 16", SIZE, SIZE))
            (folder / f"{name}.png").write_bytes(encode(SIZE, [_simplify(pixel) for pixel in pixels]))
        width = LETTER_WIDTH * len(LETTERS)
        letters = "".join(
            f'<text x="{(place + 0.5) * LETTER_WIDTH}" y="14" font-family="Segoe UI, Liberation Sans, sans-serif"'
            f' font-size="16" font-weight="bold" text-anchor="middle">{letter}</text>'
            for place, letter in enumerate(LETTERS)
        )
        box = f"0 0 {width} {LETTER_HEIGHT}"
        pixels = [_simplify(pixel) for pixel in _rasterize(page, letters, box, width, LETTER_HEIGHT)]
        (folder / "letters.png").write_bytes(encode(width, pixels))
        browser.close()


def _rasterize(page: Page, inside: str, box: str, width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" height="{height}">{inside}</svg>'
    )
    flat = page.evaluate(
        """async ([svg, width, height]) => {
          const image = new Image();
          image.src = 'data:image/svg+xml,' + encodeURIComponent(svg);
          await image.decode();
          const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
          context.drawImage(image, 0, 0);
          return [...context.getImageData(0, 0, width, height).data];
        }""",
        [svg, width, height],
    )
    for start in range(0, len(flat), 4):
        red, green, blue, alpha = flat[start : start + 4]
        yield red, green, blue, alpha


def _simplify(pixel: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Round the colour and the opacity, so that the picture needs a small palette."""
    alpha = round(pixel[3] / 255 * _SHADES) * 255 // _SHADES
    if not alpha:
        return 0, 0, 0, 0
    red, green, blue = (min(255, round(value / 24) * 24) for value in pixel[:3])
    return red, green, blue, alpha


if __name__ == "__main__":
    main()

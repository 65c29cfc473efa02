"""The icons keep Teams' rules.

https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons
"""

from __future__ import annotations

from pathlib import Path

import manifest
from tests.support import png

FOLDER = Path(manifest.__file__).parent
SMALLEST_CONTRAST = 4.5


def luminance(pixel: png.Pixel) -> float:
    """WCAG 2.2, relative luminance."""
    parts = (c / 255 for c in pixel[:3])
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colour_icon_is_opaque_and_keeps_its_symbol_in_the_middle() -> None:
    picture = png.read(FOLDER / "color.png")
    assert (picture.width, picture.height) == (192, 192)
    assert all(pixel[3] == 255 for _, _, pixel in picture.pixels())
    symbol = [(x, y) for x, y, pixel in picture.pixels() if min(pixel[:3]) > 250]
    assert len(symbol) > 2000
    for x, y in symbol:
        assert 36 <= x < 156
        assert 36 <= y < 156
    # Outside the middle there is only ground: a calm gradient on which white can be read.
    for x, y, pixel in picture.pixels():
        if not (36 <= x < 156 and 36 <= y < 156):
            assert 1.05 / (luminance(pixel) + 0.05) >= SMALLEST_CONTRAST


def test_the_outline_icon_is_white_on_nothing() -> None:
    picture = png.read(FOLDER / "outline.png")
    assert (picture.width, picture.height) == (32, 32)
    drawn = [pixel for _, _, pixel in picture.pixels() if pixel[3]]
    assert all(pixel[:3] == (255, 255, 255) for pixel in drawn)
    assert 100 < len(drawn) < 512
    edge = [pixel for x, y, pixel in picture.pixels() if x in (0, 31) or y in (0, 31)]
    assert not any(pixel[3] for pixel in edge)


def test_each_icon_has_the_drawing_that_it_is_made_from() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {path.stem for path in FOLDER.glob("*.png")}

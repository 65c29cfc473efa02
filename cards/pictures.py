"""Small pictures on cards: icons of issue types and priorities, and initials in place of a face.

They travel in the card as data URIs, which Teams' clients draw on every platform. Nothing is fetched, so no third
party learns who reads a card. The icons are made by `scripts/draw_icons.py`.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cards.elements import Part
from cards.png import Pixel, decode, encode
from cards.text import clean

_FOLDER = Path(__file__).parent / "images"
_TYPES = {
    "bug": ("bug", "defect", "fehler", "incident", "störung"),
    "task": ("task", "aufgabe", "service request"),
    "story": ("story", "user story", "feature", "new feature", "improvement"),
    "epic": ("epic",),
    "subtask": ("sub-task", "subtask", "unteraufgabe", "teilaufgabe"),
}
_PRIORITIES = {
    "highest": ("highest", "blocker", "critical", "höchste", "am höchsten", "kritisch"),
    "high": ("high", "major", "hoch"),
    "medium": ("medium", "normal", "mittel"),
    "low": ("low", "minor", "niedrig"),
    "lowest": ("lowest", "trivial", "niedrigste", "am niedrigsten"),
}
_TYPE_ICONS = {name: icon for icon, names in _TYPES.items() for name in names}
_PRIORITY_ICONS = {name: icon for icon, names in _PRIORITIES.items() for name in names}

_COLORS = ((91, 95, 199), (16, 124, 111), (176, 74, 20), (148, 57, 134), (29, 110, 178), (122, 99, 0))
"""Backgrounds of initials, each dark enough for white letters."""
_SIDE = 32
_LETTER = (14, 16)
"""Width and height of a letter in `letters.png`, in pixels."""


def type_icon(name: str) -> Part:
    """Build the icon of an issue type; types that are not known by their name have one in common."""
    return _image(_address(_TYPE_ICONS.get(name.casefold(), "issue")), clean(name, 60), 16)


def priority_icon(name: str) -> Part | None:
    """Build the icon of a priority, None for one that is not known by its name."""
    icon = _PRIORITY_ICONS.get(name.casefold())
    return _image(_address(icon), clean(name, 60), 16) if icon else None


def initials(name: str) -> Part:
    """Build a round picture with the initials of a person, in a colour of their own."""
    return {**_image(_draw_initials(*_initials(name)), clean(name, 60), 24), "style": "Person"}


def _image(address: str, alternative: str, side: int) -> Part:
    return {
        "type": "Image",
        "url": address,
        "altText": alternative,
        "width": f"{side}px",
        "height": f"{side}px",
    }


@lru_cache(maxsize=32)
def _address(icon: str) -> str:
    return _data_uri((_FOLDER / f"{icon}.png").read_bytes())


def _data_uri(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


@lru_cache(maxsize=4096)
def _initials(name: str) -> tuple[str, int]:
    """Return at most two letters, of the first and the last word, and the number of the person's colour."""
    firsts = [word[0].upper() for word in name.split() if word[0].upper() in _letters()]
    letters = firsts[0] + firsts[-1] if len(firsts) > 1 else "".join(firsts)
    return letters, zlib.crc32(name.encode("utf-8", "ignore")) % len(_COLORS)


@lru_cache(maxsize=1024)
def _draw_initials(letters: str, color: int) -> str:
    """Return the picture's address; without a letter that can be drawn it is a plain disc."""
    red, green, blue = _COLORS[color]
    opacity = [0] * (_SIDE * _SIDE)
    width, height = _LETTER
    # Letters stand a little closer than their boxes are wide.
    step = width - 3
    left = (_SIDE - (step * (len(letters) - 1) + width)) // 2
    for place, letter in enumerate(letters):
        for x, y, value in _letters()[letter]:
            spot = (y + (_SIDE - height) // 2) * _SIDE + left + place * step + x
            opacity[spot] = max(opacity[spot], value)
    pixels: list[Pixel] = [
        (_blend(red, value), _blend(green, value), _blend(blue, value), 255) for value in opacity
    ]
    return _data_uri(encode(_SIDE, pixels))


def _blend(background: int, opacity: int) -> int:
    return background + (255 - background) * opacity // 255


@lru_cache(maxsize=1)
def _letters() -> dict[str, list[tuple[int, int, int]]]:
    """Return the drawn pixels of each letter: x, y and opacity."""
    width, pixels = decode((_FOLDER / "letters.png").read_bytes())
    return {chr(ord("A") + place): list(_drawn(pixels, width, place)) for place in range(width // _LETTER[0])}


def _drawn(pixels: list[Pixel], width: int, place: int) -> Iterator[tuple[int, int, int]]:
    for y in range(_LETTER[1]):
        for x in range(_LETTER[0]):
            opacity = pixels[y * width + place * _LETTER[0] + x][3]
            if opacity:
                yield x, y, opacity

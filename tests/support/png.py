"""Reads the pixels of an 8-bit, non-interlaced PNG in RGB or RGBA (https://www.w3.org/TR/png)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Pixel = tuple[int, int, int, int]
CHANNELS = {2: 3, 6: 4}


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    rows: list[list[Pixel]]

    def pixels(self) -> Iterator[tuple[int, int, Pixel]]:
        """(x, y, (red, green, blue, alpha)) of each."""
        return ((x, y, pixel) for y, row in enumerate(self.rows) for x, pixel in enumerate(row))


def read(path: Path) -> Picture:
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks = list(_chunks(content))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    channels = CHANNELS[colour]
    data = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    rows: list[list[Pixel]] = []
    before = bytes(width * channels)
    for start in range(0, len(data), width * channels + 1):
        line = data[start + 1 : start + 1 + width * channels]
        before = _unfiltered(data[start], line, before, channels)
        rows.append([_pixel(before[i : i + channels]) for i in range(0, len(before), channels)])
    assert len(rows) == height
    return Picture(width, height, rows)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        yield kind, content[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    made = bytearray()
    for i, byte in enumerate(line):
        left = made[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]
        made.append((byte + guess) % 256)
    return bytes(made)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def _pixel(values: bytes) -> Pixel:
    red, green, blue, *alpha = values
    return red, green, blue, alpha[0] if alpha else 255

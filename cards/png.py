"""Writes and reads small PNG pictures with a palette."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

Pixel = tuple[int, int, int, int]
"""Red, green, blue, opacity: 0 to 255."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE_TYPE = 3


def encode(width: int, pixels: Sequence[Pixel]) -> bytes:
    """Return a PNG of these pixels, row by row. Raises ValueError for more than 256 different ones."""
    palette = sorted(set(pixels), key=lambda pixel: pixel[3])
    if len(palette) > 256:
        raise ValueError("a palette has at most 256 colours")
    bits = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
    numbers = {pixel: number for number, pixel in enumerate(palette)}
    rows = b"".join(
        b"\0" + _pack([numbers[pixel] for pixel in pixels[start : start + width]], bits)
        for start in range(0, len(pixels), width)
    )
    header = struct.pack(">IIBBBBB", width, len(pixels) // width, bits, _PALETTE_TYPE, 0, 0, 0)
    opacity = bytes(pixel[3] for pixel in palette if pixel[3] < 255)
    chunks = [
        _chunk(b"IHDR", header),
        _chunk(b"PLTE", bytes(value for pixel in palette for value in pixel[:3])),
        *([_chunk(b"tRNS", opacity)] if opacity else []),
        _chunk(b"IDAT", zlib.compress(rows, 9)),
        _chunk(b"IEND", b""),
    ]
    return _SIGNATURE + b"".join(chunks)


def decode(picture: bytes) -> tuple[int, list[Pixel]]:
    """Return the width and the pixels of a PNG that `encode` made."""
    chunks = dict(_chunks(picture))
    width, _height, bits = struct.unpack(">IIB", chunks[b"IHDR"][:9])
    colors, opacity = chunks[b"PLTE"], chunks.get(b"tRNS", b"")
    palette = [
        (*colors[start : start + 3], opacity[start // 3] if start // 3 < len(opacity) else 255)
        for start in range(0, len(colors), 3)
    ]
    rows, stride = zlib.decompress(chunks[b"IDAT"]), (width * bits + 7) // 8 + 1
    numbers: list[int] = []
    for start in range(0, len(rows), stride):
        numbers += _unpack(rows[start + 1 : start + stride], bits)[:width]
    return width, [palette[number] for number in numbers]


def _pack(numbers: Sequence[int], bits: int) -> bytes:
    each = 8 // bits
    packed = bytearray()
    for start in range(0, len(numbers), each):
        group = [*numbers[start : start + each], *[0] * each][:each]
        packed.append(sum(number << (8 - bits * (place + 1)) for place, number in enumerate(group)))
    return bytes(packed)


def _unpack(row: bytes, bits: int) -> list[int]:
    mask = (1 << bits) - 1
    return [byte >> shift & mask for byte in row for shift in range(8 - bits, -1, -bits)]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place < len(picture):
        (length,) = struct.unpack(">I", picture[place : place + 4])
        yield picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        place += 12 + length

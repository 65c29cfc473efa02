"""Reads inline nodes, and blocks without text of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from babel.dates import format_date

from bot.jira.adf.blocks import Run
from bot.language import current_language, mark, tr

Node = Mapping[str, object]
Inline = Callable[[Node, str], Iterator[Run]]
"""Reads a node from its attributes and its text."""

ELSEWHERE = mark("[shown only in Jira]")


def text_of(value: object) -> str:
    """Return `value` if it is text, else an empty string."""
    return value if isinstance(value, str) else ""


def _card_link(attrs: Node, _: str) -> Iterator[Run]:
    data = attrs.get("data")
    url = text_of(attrs.get("url")) or (text_of(data.get("url")) if isinstance(data, Mapping) else "")
    yield Run(url, href=url) if url else Run(tr(ELSEWHERE), italic=True)


def _extension(attrs: Node, _: str) -> Iterator[Run]:
    """Read what an app or a macro draws: its text if it has one."""
    yield Run(text_of(attrs.get("text")) or tr(ELSEWHERE), italic=True)


def _date(attrs: Node, _: str) -> Iterator[Run]:
    stamp = text_of(attrs.get("timestamp")) or str(attrs.get("timestamp", ""))
    try:
        day = datetime.fromtimestamp(int(stamp) / 1000, tz=UTC).date()
        yield Run(format_date(day, "medium", locale=current_language().locale))
    except (ValueError, OverflowError, OSError):
        yield Run(stamp)


def _mention(attrs: Node, _: str) -> Iterator[Run]:
    name = text_of(attrs.get("text")) or tr("someone")
    yield Run(name if name.startswith("@") else f"@{name}")


def _file(attrs: Node, _: str) -> Iterator[Run]:
    name = text_of(attrs.get("alt"))
    yield Run(f"[{name}]" if name else tr("[file]"))


INLINE: dict[str, Inline] = {
    "text": lambda _attrs, text: iter((Run(text),)),
    "hardBreak": lambda _attrs, _text: iter((Run("\n"),)),
    "mention": _mention,
    "emoji": lambda attrs, _t: iter((Run(text_of(attrs.get("text")) or text_of(attrs.get("shortName"))),)),
    "status": lambda attrs, _t: iter((Run(text_of(attrs.get("text")).upper(), bold=True),)),
    "date": _date,
    "inlineCard": _card_link,
    "mediaInline": _file,
    "placeholder": lambda attrs, _t: iter((Run(text_of(attrs.get("text"))),)),
    "inlineExtension": _extension,
}
LEAVES: dict[str, Inline] = {
    "media": _file,
    "blockCard": _card_link,
    "embedCard": _card_link,
    "extension": _extension,
    "syncBlock": _extension,
}
"""Blocks without text of their own that are shown as a run."""

"""What is attached to a message: files, pictures, cards, and the messages that it quotes or forwards.

https://learn.microsoft.com/graph/api/resources/chatmessageattachment
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

import orjson

from bot.commands.request import Attachment
from bot.http.json import as_list, as_object, as_string
from bot.language import tr
from bot.teams.activities import Json
from bot.teams.message_html import all_lines, reply_quote
from cards.text import clean

MAX_ATTACHMENTS = 20
MAX_NAME_CHARS = 120
MAX_URL_CHARS = 2_000
MAX_CARD_PARTS = 200
"""Parts of a card among which its first text is looked for."""

_QUOTES = ("messageReference", "forwardedMessageReference")
_CARDS = "application/vnd.microsoft.card."
_NO_FILES = frozenset({*_QUOTES, "text/html", "text/plain", ""})
_IMAGE = re.compile(r"<img\b([^<>]{0,2000})>", re.IGNORECASE)
_ALT = re.compile(r"""(?<![\w-])alt\s?=\s?(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
_PLACE = re.compile(
    r"""<attachment\b[^<>]{0,300}?\bid\s?=\s?["']?([\w.-]{1,100})[^<>]{0,300}>(?:</attachment>)?""", re.IGNORECASE
)
_URL_SAFE = "/:?#[]@!$&'*+,;=%~"


def read_attachments(attachments: Sequence[object], html: str = "") -> tuple[Attachment, ...]:
    """Return what is attached to a message by name, and the pictures in its HTML, emoji left out before."""
    rows = (as_object(row) for row in attachments[:MAX_ATTACHMENTS])
    files = [_attachment(row) for row in rows if as_string(row.get("contentType")) not in _NO_FILES]
    pictures = [Attachment(_picture_name(tag[1])) for tag in _IMAGE.finditer(html)]
    if pictures:
        files = [each for each in files if each.name != tr("picture")]
    named = {each.name: each for each in [*pictures, *files]}
    return tuple(named.values())[:MAX_ATTACHMENTS]


def read_files(attachments: Sequence[Json], html: str, *, quoted: str) -> tuple[Attachment, ...]:
    """Return the files and pictures of a message to the bot. Cards are previews of what its text says.

    Of a file in a channel or group chat the HTML has a place and nothing else says anything.
    """
    rows = [row for row in attachments if not as_string(row.get("contentType")).startswith(_CARDS)]
    files = read_attachments(rows, html)
    known = {quoted, *(as_string(row.get("id")) for row in attachments)}
    has_place = any(place[1] not in known for place in _PLACE.finditer(html))
    return (Attachment(tr("file")),) if has_place and not files and len(rows) == len(attachments) else files


def insert_quotes(html: str, attachments: Sequence[object]) -> str:
    """Return a message's HTML with the messages that it quotes or forwards, each as a quotation in its place."""
    quotes: dict[str, str] = {}
    for row in map(as_object, attachments[:MAX_ATTACHMENTS]):
        if row.get("contentType") in _QUOTES:
            quotes[as_string(row.get("id"))] = _quote(_content(row))
    placed: set[str] = set()

    def place(tag: re.Match[str]) -> str:
        placed.add(tag[1])
        return quotes.get(tag[1], "")

    with_quotes = _PLACE.sub(place, html)
    return "".join([*(quote_ for id_, quote_ in quotes.items() if id_ not in placed), with_quotes])


def _quote(content: Json) -> str:
    sender = as_object(content.get("messageSender")) or as_object(content.get("originalMessageSender"))
    author = as_object(sender.get("user")) or as_object(sender.get("application"))
    html = as_string(content.get("messagePreview")) or as_string(content.get("originalMessageContent"))
    text = " ".join(all_lines(html))
    return reply_quote(as_string(author.get("displayName")), text) if text else ""


def _content(row: Json) -> Json:
    """Return the content of an attachment, which is JSON, or JSON in a text."""
    content = row.get("content")
    if isinstance(content, str):
        try:
            content = orjson.loads(content)
        except orjson.JSONDecodeError:
            return {}
    return as_object(content)


def _attachment(row: Json) -> Attachment:
    kind, name = as_string(row.get("contentType")), clean(as_string(row.get("name")), MAX_NAME_CHARS)
    if kind.startswith("image/"):
        return Attachment(name or tr("picture"))
    if kind.startswith(_CARDS):
        return Attachment(name or clean(_card_title(_content(row)), MAX_NAME_CHARS) or tr("card"))
    return Attachment(name or tr("file"), _safe_link(as_string(row.get("contentUrl"))))


def _card_title(card: Json) -> str:
    """Return what a card says first."""
    for name in ("title", "summary", "name", "text"):
        if title := as_string(card.get(name)):
            return title
    return next(filter(None, _card_texts(card)), "")


def _card_texts(card: Json) -> Iterator[str]:
    parts: list[object] = [card.get("body")]
    for _ in range(MAX_CARD_PARTS):
        if not parts:
            return
        part = parts.pop(0)
        yield as_string(as_object(part).get("text"))
        parts = [*as_list(part), *(as_object(part).get(name) for name in ("items", "columns")), *parts]


def _picture_name(attributes: str) -> str:
    alternative = _ALT.search(attributes)
    name = (alternative[1] or alternative[2] or "") if alternative else ""
    return clean(name, MAX_NAME_CHARS) or tr("picture")


def _safe_link(url: str) -> str:
    """Return the address of a file, if it is one of the web, in a form that is safe in Markdown."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme == "https" and bool(parts.hostname) and len(url) <= MAX_URL_CHARS
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE) if is_web else ""

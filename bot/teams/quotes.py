"""Quoted replies: which message somebody quotes, and their words without the markup that stands for it.

Teams puts `<quoted messageId="…"/>` into the text, anywhere and in several spellings, and an entity `quotedReply`
beside it. In some chats the quoted message comes as an attachment `messageReference`, or as a `blockquote` in
the HTML of the message (https://github.com/microsoft/teams.py/pull/321).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from bot.http.json import as_object, as_string
from bot.teams.activities import TeamsActivity

_TAG = re.compile(r"<\s{0,5}(/?)\s{0,5}quoted\b([^<>]{0,500})>", re.IGNORECASE)
_ID = re.compile(r"messageId\s{0,5}=\s{0,5}[\"']?([\w.-]{1,100})", re.IGNORECASE)
_HTML_QUOTE = re.compile(r"<blockquote[^<>]{0,300}schema\.skype\.com/Reply[^<>]{0,300}>", re.IGNORECASE)
_ITEM_ID = re.compile(r"itemid\s{0,5}=\s{0,5}[\"']?([\w.-]{1,100})", re.IGNORECASE)


def strip_quotes(text: str) -> str:
    """Remove the markup of quoted messages, and what stands between its tags."""
    if "<" not in text:
        return text
    tags = list(_TAG.finditer(text))
    last_close = max((tag.start() for tag in tags if tag[1]), default=-1)
    kept, position, is_inside = [], 0, False
    for tag in tags:
        if not is_inside:
            kept.append(text[position : tag.start()])
        position = tag.end()
        # A tag that nothing closes stands alone, however it is written.
        is_inside = not tag[1] and not tag[2].rstrip().endswith("/") and tag.start() < last_close
    return " ".join([*kept, text[position:]])


def quoted_message(activity: TeamsActivity) -> str:
    """Return the id of the message that is quoted first; empty if none is."""
    return next(filter(None, _ids(activity)), "")


def _ids(activity: TeamsActivity) -> Iterator[str]:
    for entity in activity.entities:
        if entity.get("type") == "quotedReply":
            yield as_string(as_object(entity.get("quotedReply")).get("messageId"))
    for tag in _TAG.finditer(activity.text):
        if named := _ID.search(tag[2]):
            yield named[1]
    for attachment in activity.attachments:
        content = attachment.get("content")
        if attachment.get("contentType") == "messageReference":
            yield _reference(content) or as_string(attachment.get("id"))
        elif attachment.get("contentType") == "text/html":
            yield _html_quote(as_string(content))


def _reference(content: object) -> str:
    """Return the id in a `messageReference`, whose content is JSON, or JSON in a text."""
    if isinstance(content, str):
        try:
            content = orjson.loads(content)
        except orjson.JSONDecodeError:
            return ""
    return as_string(as_object(content).get("messageId"))


def _html_quote(html: str) -> str:
    quote = _HTML_QUOTE.search(html)
    named = _ITEM_ID.search(quote[0]) if quote else None
    return named[1] if named else ""

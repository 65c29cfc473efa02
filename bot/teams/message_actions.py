"""Actions of the message extension: a dialog that is begun from a message or the compose box, in Teams' shapes.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/define-action-command
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from html import unescape
from urllib.parse import urlsplit

from markdownify import MarkdownConverter

from bot.commands.issue.from_message import Begun, Quoted
from bot.commands.request import Reply, Request
from bot.teams import activities, dialogs, search
from bot.teams.activities import ADAPTIVE_CARD, Wire
from cards.forms import sendable
from cards.text import clean

MAX_HTML = 40_000
"""Characters of a message that are read; Teams takes some 28 KB."""
MAX_AUTHOR = 80

_TEAMS = ("teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us", "dod.teams.microsoft.us")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLOCK = re.compile(r"</?(?:p|div|br|li|tr|h[1-6]|blockquote|pre)\b[^<>]{0,2000}>", re.IGNORECASE)

Body = Mapping[str, object]
Begin = Callable[[Request, str, Quoted], Awaitable[Begun]]


async def begun(begin: Begin, request: Request, wire: Wire) -> Body:
    """The answer to `composeExtension/fetchTask`."""
    value = activities.section(wire, "value")
    # A long message may keep the converter busy for a second.
    quoted = await asyncio.to_thread(quote, activities.section(value, "messagePayload"))
    found = await begin(request, activities.text(value, "commandId"), quoted)
    if found.connect_url:
        return search.connect_first(found.connect_url)
    return dialogs.dialog_answer(found.form) if found.form else dialogs.message(found.sentence)


def finished(reply: Reply, wire: Wire) -> Body:
    """The answer to `composeExtension/submitAction`: a new issue's card goes into the message that is written."""
    creates = activities.text(activities.section(wire, "value"), "commandId") == "createIssue"
    if reply.repeatable or reply.shared is None or not creates:
        return dialogs.dialog_answer(reply)
    title = {"contentType": search.THUMBNAIL, "content": {"title": reply.summary[:100]}}
    card = {"contentType": ADAPTIVE_CARD, "content": reply.shared, "preview": title}
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [card]}}


def quote(payload: Wire) -> Quoted:
    """The message that Teams hands over; nothing is fetched for it (threat T23)."""
    body, sender = activities.section(payload, "body"), activities.section(payload, "from")
    who = activities.section(sender, "user") or activities.section(sender, "application")
    content = activities.text(body, "content")[:MAX_HTML]
    html = activities.text(body, "contentType") != "text"
    plain = unescape(_TAG.sub("", _BLOCK.sub("\n", content))) if html else content
    lines = [line.strip() for line in _sane(plain).splitlines() if line.strip()]
    return Quoted(
        title=activities.text(payload, "subject") or next(iter(lines), ""),
        text=_sane(_markdown(content) if html else content) or "\n".join(lines),
        author=clean(activities.text(who, "displayName"), MAX_AUTHOR),
        link=_own_link(activities.text(payload, "linkToMessage")),
    )


def _sane(text: str) -> str:
    return sendable(text.replace("\u00a0", " ")).strip()


def _markdown(html: str) -> str:
    try:
        return str(MarkdownConverter(bullets="-", heading_style="ATX", strip=["img"]).convert(html))
    except RecursionError:  # nested far beyond what anybody writes
        return ""


def _own_link(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    sane = parts.scheme == "https" and host in _TEAMS and not set(url) & set(' ()<>"\\')
    return url if sane else ""

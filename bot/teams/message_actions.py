"""Actions of the message extension: a dialog that starts from a message or the compose box, in Teams' shapes.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/define-action-command
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from html import unescape
from urllib.parse import urlsplit

from markdownify import MarkdownConverter

from bot.commands.issue.from_message import QuotedMessage, StartedAction
from bot.commands.request import Reply, Request
from bot.http.json import as_object, as_string
from bot.teams import dialogs, search
from bot.teams.activities import ADAPTIVE_CARD, Json, TeamsActivity
from cards.forms import strip_unsendable
from cards.text import clean

MAX_HTML_CHARS = 40_000
"""Characters of a message that are read; Teams takes some 28 KB."""
MAX_AUTHOR_CHARS = 80

_TEAMS_HOSTS = (
    "teams.microsoft.com",
    "teams.cloud.microsoft",
    "gov.teams.microsoft.us",
    "dod.teams.microsoft.us",
    "teams.microsoftonline.cn",
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LESS_THAN = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]{0,2000})>)?")
_HREF = re.compile(r"""(?<![\w-])href\s?=\s?(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_OPEN_OR_CLOSE = re.compile(r"<(/?)([A-Za-z0-9]+)")
_EMPTY_ELEMENTS = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"})
MAX_TAGS = 4_000
MAX_DEPTH = 100
"""Elements within one another. Of a message with more, or with more tags, only the lines are taken."""
_BLOCK = re.compile(r"</?(?:p|div|br|li|tr|h[1-6]|blockquote|pre)\b[^<>]{0,2000}>", re.IGNORECASE)

BeginAction = Callable[[Request, str, QuotedMessage], Awaitable[StartedAction]]
"""(who asks, the action's id in the manifest, the message it starts from) -> what to show."""


async def begin_response(begin: BeginAction, request: Request, activity: TeamsActivity) -> Json:
    """Answer `composeExtension/fetchTask`."""
    # A long message may keep the converter busy for a second.
    quoted = await asyncio.to_thread(quote, as_object(activity.value.get("messagePayload")))
    begun = await begin(request, as_string(activity.value.get("commandId")), quoted)
    if begun.connect_url:
        return search.sign_in_response(begun.connect_url)
    return dialogs.dialog_response(begun.form) if begun.form else dialogs.message_response(begun.sentence)


def submit_response(reply: Reply, activity: TeamsActivity) -> Json:
    """Answer `composeExtension/submitAction`: a new issue's card goes into the message that is being written."""
    creates = activity.value.get("commandId") == "createIssue"
    if reply.repeatable or reply.shared is None or not creates:
        return dialogs.dialog_response(reply)
    preview = {"contentType": search.THUMBNAIL, "content": {"title": reply.summary[: dialogs.MAX_TITLE_CHARS]}}
    card = {"contentType": ADAPTIVE_CARD, "content": reply.shared, "preview": preview}
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [card]}}


def quote(payload: Json) -> QuotedMessage:
    """Read the message that Teams hands over. Nothing is fetched for it (T23)."""
    body, sender = as_object(payload.get("body")), as_object(payload.get("from"))
    author = as_object(sender.get("user")) or as_object(sender.get("application"))
    content = as_string(body.get("content"))[:MAX_HTML_CHARS]
    is_html = body.get("contentType") != "text"
    plain = unescape(_TAG.sub("", _BLOCK.sub("\n", content))) if is_html else content
    lines = [line.strip() for line in _sanitise(plain).splitlines() if line.strip()]
    return QuotedMessage(
        title=as_string(payload.get("subject")) or next(iter(lines), ""),
        text=_sanitise(_to_markdown(content) if is_html else content) or "\n".join(lines),
        author=clean(as_string(author.get("displayName")), MAX_AUTHOR_CHARS),
        link=_teams_link(as_string(payload.get("linkToMessage"))),
    )


def _sanitise(text: str) -> str:
    return strip_unsendable(text.replace("\u00a0", " ")).strip()


def _to_markdown(html: str) -> str:
    simple = _LESS_THAN.sub(_simplify_tag, html)
    if simple.count("<") > MAX_TAGS or _depth(simple) > MAX_DEPTH:
        return ""
    try:
        return str(MarkdownConverter(bullets="-", heading_style="ATX", strip=["img"]).convert(simple))
    except RecursionError:  # nested far beyond what anybody writes
        return ""


def _simplify_tag(tag: re.Match[str]) -> str:
    """Keep a tag's name and a link's target, and escape a `<` that opens no tag.

    Python's HTML parser takes quadratic time for tags and attributes that do not end (T49).
    """
    slash, name, attributes = tag.groups()
    if name is None:
        return "&lt;"
    if name.lower() == "a" and not slash and (href := _HREF.search(attributes)):
        target = (href[1] or href[2] or "").replace('"', "&quot;")
        return f'<a href="{target}">'
    return f"<{slash}{name}>"


def _depth(html: str) -> int:
    """Return how deep elements are nested at most, as the parser sees it: what is not closed stays open."""
    still_open: Counter[str] = Counter()
    deepest = depth = 0
    for slash, tag in _OPEN_OR_CLOSE.findall(html):
        name = tag.lower()
        if name in _EMPTY_ELEMENTS or (slash and not still_open[name]):
            continue
        change = -1 if slash else 1
        still_open[name] += change
        depth += change
        deepest = max(deepest, depth)
    return deepest


def _teams_link(url: str) -> str:
    """Return the URL if it is one of Teams that is safe in Markdown, else an empty text."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_safe = parts.scheme == "https" and host in _TEAMS_HOSTS and not set(url) & set(' ()<>"\\')
    return url if is_safe else ""

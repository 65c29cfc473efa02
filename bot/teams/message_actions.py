"""Actions of the message extension: a dialog that starts from a message or the compose box, in Teams' shapes.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/define-action-command
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from urllib.parse import quote as quote_url
from urllib.parse import urlencode, urlsplit

from bot.chat.identity import Conversation, Scope
from bot.commands.issue.from_message import QuotedMessage, StartedAction
from bot.commands.request import Reply, Request
from bot.http.json import as_list, as_object, as_string
from bot.teams import dialogs, search
from bot.teams.activities import ADAPTIVE_CARD, Json, TeamsActivity
from bot.teams.emoji import MAX_HTML_CHARS, replace_emoji
from bot.teams.message_attachments import insert_quotes, read_attachments
from bot.teams.message_html import all_lines, own_lines, to_markdown
from cards.sendable import strip_unsendable
from cards.text import clean

MAX_AUTHOR_CHARS = 80

_TEAMS_HOSTS = (
    "teams.microsoft.com",
    "teams.cloud.microsoft",
    "gov.teams.microsoft.us",
    "dod.teams.microsoft.us",
    "teams.microsoftonline.cn",
)
_HOSTS = {
    ".gov.teams.microsoft.us": "gov.teams.microsoft.us",
    ".dod.teams.microsoft.us": "dod.teams.microsoft.us",
    ".cn": "teams.microsoftonline.cn",
}
"""By a part of the service URL; Teams' own host everywhere else."""
_MESSAGE_ID = re.compile(r"[0-9]{1,20}")
BeginAction = Callable[[Request, str, QuotedMessage], Awaitable[StartedAction]]
"""(who asks, the action's id in the manifest, the message it starts from) -> what to show."""


async def begin_response(begin: BeginAction, request: Request, activity: TeamsActivity) -> Json:
    """Answer `composeExtension/fetchTask`."""
    # A long message may keep the converter busy for a second.
    quoted = await asyncio.to_thread(quote, as_object(activity.value.get("messagePayload")), activity.conversation)
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


def quote(payload: Json, conversation: Conversation | None = None) -> QuotedMessage:
    """Read the message that Teams hands over, of this conversation. Nothing is fetched for it (T23)."""
    sender, attached = as_object(payload.get("from")), as_list(payload.get("attachments"))
    author = as_object(sender.get("user")) or as_object(sender.get("application"))
    html = _html(as_object(payload.get("body")), attached)
    attachments = read_attachments(attached, html)
    if not attachments and not isinstance(payload.get("body"), dict):
        return QuotedMessage()
    return QuotedMessage(
        title=as_string(payload.get("subject")) or _sanitise(next(iter(own_lines(html)), "")),
        text=_sanitise(_text(as_object(payload.get("body")), html)),
        author=clean(as_string(author.get("displayName")), MAX_AUTHOR_CHARS),
        link=_teams_link(as_string(payload.get("linkToMessage"))) or _link_into(conversation, payload),
        attachments=attachments,
    )


def _html(body: Json, attached: Sequence[object]) -> str:
    """Return a message as HTML, with its emoji and with what it quotes."""
    content = as_string(body.get("content"))[:MAX_HTML_CHARS]
    if body.get("contentType") == "text":
        content = "<br>".join(map(escape, content.splitlines()))
    return insert_quotes(replace_emoji(content), attached)


def _text(body: Json, html: str) -> str:
    """Return a message as Markdown. Plain text stays as it is."""
    if body.get("contentType") == "text":
        return as_string(body.get("content"))[:MAX_HTML_CHARS]
    return to_markdown(html) or "\n".join(all_lines(html))


def _sanitise(text: str) -> str:
    return strip_unsendable(text.replace("\u00a0", " ")).strip()


def _link_into(conversation: Conversation | None, payload: Json) -> str:
    """Return the address of a message for which Teams gives none, as it does in some chats.

    https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams
    """
    message_id = as_string(payload.get("id"))
    if conversation is None or not conversation.id.startswith("19:") or not _MESSAGE_ID.fullmatch(message_id):
        return ""
    host = next((host for service, host in _HOSTS.items() if service in conversation.service_url), _TEAMS_HOSTS[0])
    query = {"tenantId": conversation.tenant} if conversation.tenant else {}
    if conversation.scope is not Scope.CHANNEL:
        query["context"] = '{"contextType":"chat"}'
    return f"https://{host}/l/message/{quote_url(conversation.id, safe=':@')}/{message_id}?{urlencode(query)}"


def _teams_link(url: str) -> str:
    """Return the URL if it is one of Teams that is safe in Markdown, else an empty text."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_safe = parts.scheme == "https" and host in _TEAMS_HOSTS and not set(url) & set(' ()<>"\\')
    return url if is_safe else ""

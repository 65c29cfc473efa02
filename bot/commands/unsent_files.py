"""Files of a typed message: they cannot be sent to Jira from here, so each answer says so, and what to do."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.request import Attachment, Reply, Request
from bot.language import tr, trn
from cards.messages import with_warning
from cards.text import clean, escape

MAX_NAMES = 3
MAX_NAME_CHARS = 60


def mention_files(request: Request, reply: Reply) -> Reply:
    """Return the answer to a typed message, with a sentence about the files of the message if it has any."""
    if not request.attachments:
        return reply
    sentence = _sentence(request.attachments, reply.about.key if reply.about else "")
    card = with_warning(reply.card, sentence) if reply.card else None
    if card is not None:
        return replace(reply, card=card)
    return replace(reply, text="\n\n".join(filter(None, (reply.text, escape(sentence, len(sentence))))))


def _sentence(attachments: tuple[Attachment, ...], issue: str) -> str:
    shown = ", ".join(clean(each.name, MAX_NAME_CHARS) for each in attachments[:MAX_NAMES])
    more = len(attachments) - MAX_NAMES
    names = trn("{names} and {count} more", "{names} and {count} more", more, names=shown) if more > 0 else shown
    if issue:
        return tr(
            "Files can't be sent to Jira from here yet. Open {issue} in Jira and attach them there: {names}",
            issue=issue,
            names=names,
        )
    return tr("Files can't be sent to Jira from here yet. Attach them to the issue in Jira: {names}", names=names)

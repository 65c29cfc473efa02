"""Turns activities into requests: what a person asked for by words or by a button."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice

from bot.chat.identity import Person
from bot.commands.intent import Intent
from bot.commands.request import Attachment, Mention, Press, Request
from bot.http.json import as_object, as_string
from bot.security.card_signing import UncheckedData
from bot.teams.activities import TeamsActivity
from bot.teams.emoji import MAX_HTML_CHARS, replace_emoji, with_emoji_of
from bot.teams.message_attachments import read_files
from bot.teams.quotes import quoted_message, strip_quotes

MAX_MENTIONS = 20
MAX_VALUES = 300
"""Properties and inputs of a pressed card; the largest form has some eighty."""
MAX_VALUE_CHARS = 32_768
"""One more than Jira's own text fields take, so that a longer text is refused and not saved without its end."""
_CARD_TYPES = "application/vnd.microsoft.card."
_MENTION = re.compile(r"<at(?: [^<>]{0,100})?>([^<>]{0,200})</at>")
_INLINE_CARD = re.compile(r'<span class="inline-compose-card"[^<>]{0,1000}>[^<>]{0,100}</span>')


@dataclass(frozen=True, slots=True)
class TypedMessage:
    """What somebody typed to the bot, with a placeholder for each mention of a person, and those people."""

    text: str = ""
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadActivity:
    """An activity as it was read before its turn."""

    intent: Intent
    typed: TypedMessage = TypedMessage()


def to_request(activity: TeamsActivity, person: Person, typed: TypedMessage = TypedMessage()) -> Request:
    """Return what the person asked for. Nothing is typed in an invoke."""
    return Request(
        person=person,
        name=activity.sender.name,
        conversation=activity.conversation,
        text=typed.text,
        press=_read_submit(activity),
        mentions=typed.mentions,
        message_id=activity.id,
        quoted_message=quoted_message(activity),
        attachments=_files(activity),
        locale=activity.locale,
        time_zone=activity.time_zone,
        teams_id=activity.sender.id,
    )


def to_press_request(activity: TeamsActivity, person: Person, press: Press) -> Request:
    """Return what a press in an invoke asks for."""
    return replace(to_request(activity, person), press=press)


def make_press(activity: TeamsActivity, verb: str, data: object) -> Press:
    """Make a press of a button on the message that the activity answers.

    Only text travels in the data of our cards; anything else is left out, and so is what is beyond the limits.
    """
    texts = {name: value[:MAX_VALUE_CHARS] for name, value in as_object(data).items() if isinstance(value, str)}
    texts = dict(islice(texts.items(), MAX_VALUES))
    return Press(verb, UncheckedData(texts), activity.reply_to_id)


def read_execute(activity: TeamsActivity) -> Press:
    """Read an `Action.Execute`: pressed, or run by a client that wants a person's own view (`trigger`)."""
    action = as_object(activity.value.get("action"))
    press = make_press(activity, as_string(action.get("verb")), action.get("data"))
    return replace(press, own_view=True, automatic=activity.is_automatic)


def is_card_only(activity: TeamsActivity, request: Request) -> bool:
    """Whether somebody sent a card (from search, or a pasted link) without a word to the bot."""
    types = [as_string(attachment.get("contentType")) for attachment in activity.attachments]
    has_card = any(content_type.startswith(_CARD_TYPES) for content_type in types)
    return has_card and not request.text and request.press is None


def _read_submit(activity: TeamsActivity) -> Press | None:
    """Read an `Action.Submit` of a client too old for Universal Actions: its verb is in the data."""
    verb = activity.value.get("verb")
    if not isinstance(verb, str):
        return None
    return make_press(activity, verb, {name: value for name, value in activity.value.items() if name != "verb"})


def read_text(activity: TeamsActivity) -> TypedMessage:
    """Read what was typed, without the mention of the bot."""
    text = with_emoji_of(replace_emoji(strip_quotes(activity.text)), _html(activity)) or _read_im_back(activity)
    mentions: list[Mention] = []
    # Some fonts have letters of their own in the private use area; what somebody types is no placeholder.
    used = set(text)
    opening = next((sign for sign in map(chr, range(0xE000, 0xF900)) if sign not in used), "\ue000")
    of_mentions = (entity for entity in activity.entities if entity.get("type") == "mention")
    for entity in islice(of_mentions, 2 * MAX_MENTIONS):
        who, markup = as_object(entity.get("mentioned")), as_string(entity.get("text"))
        teams_id = as_string(who.get("id"))
        if teams_id == activity.bot.id:
            text = text.replace(markup, " ", 1) if markup else text
        elif markup and len(mentions) < MAX_MENTIONS:
            placeholder = f"{opening}{len(mentions)}\ue001"
            text = text.replace(markup, placeholder)
            oid = as_string(who.get("aadObjectId"))
            mentions.append(Mention(placeholder, as_string(who.get("name")), teams_id, oid))
    text = text.replace(f"<at>{activity.bot.name}</at>", " ")
    return TypedMessage(_MENTION.sub(r"\1", _INLINE_CARD.sub(" ", text)).strip(), tuple(mentions))


def _files(activity: TeamsActivity) -> tuple[Attachment, ...]:
    if activity.type != "message" or not activity.attachments:
        return ()
    html = replace_emoji(_html(activity)[:MAX_HTML_CHARS])
    return read_files(activity.attachments, html, quoted=quoted_message(activity))


def _html(activity: TeamsActivity) -> str:
    """Return the HTML of a message, which comes beside its text; empty if there is none."""
    of_html = (each.get("content") for each in activity.attachments if each.get("contentType") == "text/html")
    return as_string(next(of_html, ""))


def _read_im_back(activity: TeamsActivity) -> str:
    """Read the text of an `imBack` button from clients that send its data and no text."""
    data = as_object(activity.value.get("msteams"))
    return as_string(data.get("value")) if data.get("type") == "imBack" else ""

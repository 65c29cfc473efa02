"""Activities between the wire and the bridge's own shapes.

botbuilder's msrest (de)serialiser costs more than the rest of a turn together, so inbound activities are put into
its `Activity` model directly, with the parts that its handlers look at, and outbound ones are written as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import Message
from bot.commands.request import Mentioned, Press, Request

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
CARDS = "application/vnd.microsoft.card."
_THREAD = ";messageid="
_OF_TWO = "@unq.gbl.spaces"
"""Ends the id of a chat of two people: Teams calls it personal too, but it is not the one with the bot."""
_AT = re.compile(r"<at(?: [^<>]{0,100})?>([^<>]{0,200})</at>")
_INLINE_CARD = re.compile(r'<span class="inline-compose-card"[^<>]{0,1000}>[^<>]{0,100}</span>')

Wire = Mapping[str, object]


class MalformedActivityError(ValueError):
    """The JSON is no activity that Teams would send."""


def section(wire: Wire, name: str) -> Wire:
    """A nested object of an activity, or an empty one."""
    value = wire.get(name)
    return value if isinstance(value, dict) else {}


def text(wire: Wire, name: str) -> str:
    """A string of an activity, or an empty one."""
    value = wire.get(name)
    return value if isinstance(value, str) else ""


def check_shape(value: Wire) -> Wire:
    """The parts without which no activity can be answered. Raises `MalformedActivityError`."""
    for name in ("type", "serviceUrl", "channelId"):
        if not text(value, name):
            raise MalformedActivityError(f"no {name}")
    for name in ("conversation", "from", "recipient"):
        if not text(section(value, name), "id"):
            raise MalformedActivityError(f"no {name}.id")
    return value


def tenants(wire: Wire) -> tuple[str, str]:
    """The tenant as `channelData` and as `conversation` name it, lower-case, each empty if missing."""
    in_data = text(section(section(wire, "channelData"), "tenant"), "id")
    return in_data.lower(), text(section(wire, "conversation"), "tenantId").lower()


def to_model(wire: Wire) -> Activity:
    """botbuilder's model of an inbound activity."""
    return Activity(
        type=text(wire, "type"),
        id=text(wire, "id"),
        name=wire.get("name"),
        text=wire.get("text"),
        value=wire.get("value"),
        action=wire.get("action"),
        channel_id=text(wire, "channelId"),
        service_url=text(wire, "serviceUrl"),
        reply_to_id=wire.get("replyToId"),
        channel_data=wire.get("channelData"),
        from_property=_account(section(wire, "from")),
        recipient=_account(section(wire, "recipient")),
        conversation=ConversationAccount(id=text(section(wire, "conversation"), "id")),
        members_added=_accounts(wire.get("membersAdded")),
        members_removed=_accounts(wire.get("membersRemoved")),
    )


def _account(value: Wire) -> ChannelAccount:
    return ChannelAccount(id=text(value, "id"), name=text(value, "name"), aad_object_id=text(value, "aadObjectId"))


def _accounts(value: object) -> list[ChannelAccount] | None:
    return [_account(v) for v in value if isinstance(v, dict)] if isinstance(value, list) else None


def conversation(wire: Wire, tenant: str) -> Conversation:
    """Where the activity happened."""
    data, place = section(wire, "channelData"), section(wire, "conversation")
    bare, _, thread = text(place, "id").partition(_THREAD)
    try:
        scope = Scope(text(place, "conversationType"))
    except ValueError:
        scope = Scope.GROUP if place.get("isGroup") else Scope.PERSONAL
    if bare.endswith(_OF_TWO):
        scope = Scope.GROUP
    return Conversation(
        id=bare,
        scope=scope,
        tenant=tenant,
        service_url=text(wire, "serviceUrl"),
        bot_id=text(section(wire, "recipient"), "id"),
        thread=thread,
        team=text(section(data, "team"), "id"),
        name=text(section(data, "channel"), "name") or text(place, "name"),
        # A channel's people may each have another one.
        language=text(wire, "locale")[:35] if scope is Scope.PERSONAL else "",
    )


def channel_of(wire: Wire) -> str:
    """The channel that an event is about, which may not be the one in which it is told; empty if none is named."""
    return text(section(section(wire, "channelData"), "channel"), "id")


def request(wire: Wire, person: Person, place: Conversation) -> Request:
    """What the person asked for, with the mention of the bot removed from their words."""
    words, mentions = _words(wire)
    return Request(
        person=person,
        name=text(section(wire, "from"), "name"),
        conversation=place,
        text=words,
        press=_submitted(wire),
        mentions=mentions,
        message_id=text(wire, "id"),
        locale=text(wire, "locale"),
        time_zone=text(wire, "localTimezone"),
        teams_id=text(section(wire, "from"), "id"),
    )


def press_request(wire: Wire, person: Person, place: Conversation, pressed: Press) -> Request:
    """What a press in an invoke asks for; no text belongs to it."""
    return replace(request(wire, person, place), text="", press=pressed)


def press(wire: Wire, verb: str, data: object) -> Press:
    """A pressed button. Only text travels in our cards' data; anything else is left out."""
    pairs = data.items() if isinstance(data, dict) else ()
    return Press(verb, {str(k): v for k, v in pairs if isinstance(v, str)}, text(wire, "replyToId"))


def own_press(wire: Wire) -> Press:
    """An `Action.Execute`, pressed or, when a card is looked at, run by the client itself (`trigger`)."""
    value = section(wire, "value")
    action = section(value, "action")
    made = press(wire, text(action, "verb"), action.get("data"))
    return replace(made, own_view=True, automatic=is_automatic(wire))


def is_automatic(wire: Wire) -> bool:
    """Whether a client asks by itself for somebody's own view of a card."""
    return text(section(wire, "value"), "trigger") == "automatic"


def is_only_a_card(wire: Wire, asked: Request) -> bool:
    """Whether somebody sent a card (from search, or a pasted link) and said nothing with it."""
    given = wire.get("attachments")
    kinds = [text(a, "contentType") for a in given if isinstance(a, dict)] if isinstance(given, list) else []
    return not asked.text and asked.press is None and any(k.startswith(CARDS) for k in kinds)


def _submitted(wire: Wire) -> Press | None:
    """An `Action.Submit` of a client too old for Universal Actions: its verb is in the data."""
    value = wire.get("value")
    if not isinstance(value, dict) or not isinstance(value.get("verb"), str):
        return None
    return press(wire, value["verb"], {k: v for k, v in value.items() if k != "verb"})


def _words(wire: Wire) -> tuple[str, tuple[Mentioned, ...]]:
    words = text(wire, "text") or _spoken_for(wire)
    bot = text(section(wire, "recipient"), "id")
    entities = wire.get("entities")
    mentions: list[Mentioned] = []
    for entity in entities if isinstance(entities, list) else ():
        if not isinstance(entity, dict) or entity.get("type") != "mention":
            continue
        who, markup = section(entity, "mentioned"), text(entity, "text")
        if text(who, "id") == bot:
            words = words.replace(markup, " ", 1) if markup else words
        elif markup and len(mentions) < 20:
            placeholder = f"\ue000{len(mentions)}\ue001"
            words = words.replace(markup, placeholder)
            mentions.append(Mentioned(placeholder, text(who, "name"), text(who, "id"), text(who, "aadObjectId")))
    own = f"<at>{text(section(wire, 'recipient'), 'name')}</at>"
    return _AT.sub(r"\1", _INLINE_CARD.sub(" ", words.replace(own, " "))).strip(), tuple(mentions)


def _spoken_for(wire: Wire) -> str:
    """What a button says for its presser (`imBack`), from clients that send its data and no text."""
    said = section(section(wire, "value"), "msteams")
    return text(said, "value") if said.get("type") == "imBack" else ""


def outgoing(message: Message) -> dict[str, object]:
    """A message as the activity that the connector takes."""
    activity: dict[str, object] = {"type": "message"}
    if message.text:
        activity["text"] = message.text
        activity["textFormat"] = "markdown"
    if message.card is not None:
        activity["attachments"] = [{"contentType": ADAPTIVE_CARD, "content": message.card}]
        if message.summary:
            activity["summary"] = message.summary[:200]
    return activity

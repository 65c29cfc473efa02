"""Inbound activities: the fields that the bridge reads, each checked for its type.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object
botbuilder's msrest deserialiser costs more than the rest of a turn together and raises on odd values, so its
`Activity` model is filled directly, with the parts that its handlers look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

from bot.chat.identity import Conversation, Scope
from bot.http.json import as_list, as_object, as_string

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
TEAMS, MICROSOFT_365 = "msteams", "m365extensions"
"""Channels of the bot: Teams; Outlook and Microsoft 365 Copilot."""
MAX_LANGUAGE_TAG_CHARS = 35
"""RFC 5646, section 4.4.1."""
_THREAD = ";messageid="
_SHARED = "19:"
"""Begins the id of each conversation of several people; that of two is called personal by Teams as well. The
personal chat with the bot begins with `a:`."""

_CHANNEL_EVENTS = frozenset({"channelMemberAdded", "channelMemberRemoved", "channelShared", "channelUnshared"})

Json = Mapping[str, object]


class MalformedActivityError(ValueError):
    """The JSON is no activity that Teams would send."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person or the bot. `oid` is the Entra object id in lower case, empty if Teams does not say it."""

    id: str
    name: str
    oid: str


@dataclass(frozen=True, slots=True)
class TeamsActivity:
    """One inbound activity. A field that is missing or of another type than it should be is empty."""

    type: str
    id: str
    name: str
    text: str
    locale: str
    time_zone: str
    action: str
    channel_id: str
    """`TEAMS` for all of Teams, not a channel of a team, or `MICROSOFT_365`."""
    service_url: str
    reply_to_id: str
    """The message whose button was pressed."""
    address: str
    """The conversation's id as Teams has it, with the thread of a channel in it."""
    conversation: Conversation
    tenants: frozenset[str]
    """As `channelData` and `conversation` name the tenant, in lower case."""
    sender: Account
    bot: Account
    value: Json
    channel_data: Json
    entities: tuple[Json, ...]
    attachments: tuple[Json, ...]
    members_added: tuple[Account, ...]
    members_removed: tuple[Account, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether a client asks by itself for somebody's own view of a card."""
        return self.value.get("trigger") == "automatic"

    @property
    def concerns_one_channel(self) -> bool:
        """Whether it is about one private or shared channel and not about its team, which it names as well.

        https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels
        """
        kind = as_string(as_object(self.channel_data.get("channel")).get("type"))
        return as_string(self.channel_data.get("eventType")) in _CHANNEL_EVENTS or kind in ("private", "shared")

    @property
    def named_channel(self) -> str:
        """Id of the channel that an event is about, which may not be the one that it is announced in."""
        return as_string(as_object(self.channel_data.get("channel")).get("id"))


def parse(body: Json) -> TeamsActivity:
    """Read an activity. Raises `MalformedActivityError` if it lacks what every answer needs."""
    for name in ("type", "serviceUrl", "channelId"):
        _require_text(body, name)
    # Outlook and Copilot name no conversation.
    places = ("from", "recipient") if body["channelId"] == MICROSOFT_365 else ("conversation", "from", "recipient")
    for name in places:
        _require_text(as_object(body.get(name)), "id")
    channel_data, place = as_object(body.get("channelData")), as_object(body.get("conversation"))
    named = (as_object(channel_data.get("tenant")).get("id"), place.get("tenantId"))
    tenants = [as_string(tenant).lower() for tenant in named if as_string(tenant)]
    return TeamsActivity(
        type=as_string(body.get("type")),
        id=as_string(body.get("id")),
        name=as_string(body.get("name")),
        text=as_string(body.get("text")),
        locale=as_string(body.get("locale")),
        time_zone=as_string(body.get("localTimezone")),
        action=as_string(body.get("action")),
        channel_id=as_string(body.get("channelId")),
        service_url=as_string(body.get("serviceUrl")),
        reply_to_id=as_string(body.get("replyToId")),
        address=as_string(place.get("id")),
        conversation=_conversation(body, place, channel_data, next(iter(tenants), "")),
        tenants=frozenset(tenants),
        sender=_account(as_object(body.get("from"))),
        bot=_account(as_object(body.get("recipient"))),
        value=as_object(body.get("value")),
        channel_data=channel_data,
        entities=_objects(body.get("entities")),
        attachments=_objects(body.get("attachments")),
        members_added=tuple(map(_account, _objects(body.get("membersAdded")))),
        members_removed=tuple(map(_account, _objects(body.get("membersRemoved")))),
    )


def _require_text(part: Json, name: str) -> None:
    value = part.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedActivityError(f"no {name}")


def _objects(value: object) -> tuple[Json, ...]:
    return tuple(part for part in as_list(value) if isinstance(part, dict))


def _account(value: Json) -> Account:
    return Account(
        as_string(value.get("id")), as_string(value.get("name")), as_string(value.get("aadObjectId")).lower()
    )


def _conversation(body: Json, place: Json, channel_data: Json, tenant: str) -> Conversation:
    bare_id, _, thread = as_string(place.get("id")).partition(_THREAD)
    try:
        scope = Scope(as_string(place.get("conversationType")))
    except ValueError:
        scope = Scope.GROUP if place.get("isGroup") else Scope.PERSONAL
    if bare_id.startswith(_SHARED):
        # Whatever the rest of the activity says: what is for one person's eyes must not be written there.
        scope = Scope.CHANNEL if scope is Scope.CHANNEL else Scope.GROUP
    channel, team = as_object(channel_data.get("channel")), as_object(channel_data.get("team"))
    return Conversation(
        id=bare_id,
        scope=scope,
        tenant=tenant,
        service_url=as_string(body.get("serviceUrl")),
        bot_id=as_string(as_object(body.get("recipient")).get("id")),
        thread=thread,
        team=as_string(team.get("id")),
        name=as_string(channel.get("name")) or as_string(place.get("name")),
        # The people of a channel may each have another language.
        language=as_string(body.get("locale"))[:MAX_LANGUAGE_TAG_CHARS] if scope is Scope.PERSONAL else "",
    )


def to_botbuilder(activity: TeamsActivity) -> Activity:
    """Return botbuilder's model of an activity."""
    return Activity(
        type=activity.type,
        id=activity.id,
        name=activity.name,
        text=activity.text,
        value=activity.value,
        action=activity.action,
        channel_id=activity.channel_id,
        service_url=activity.service_url,
        reply_to_id=activity.reply_to_id,
        channel_data=activity.channel_data,
        from_property=_channel_account(activity.sender),
        recipient=_channel_account(activity.bot),
        conversation=ConversationAccount(id=activity.address),
        members_added=[_channel_account(member) for member in activity.members_added],
        members_removed=[_channel_account(member) for member in activity.members_removed],
    )


def _channel_account(account: Account) -> ChannelAccount:
    return ChannelAccount(id=account.id, name=account.name, aad_object_id=account.oid)

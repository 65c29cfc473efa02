"""Where the bot is installed, as Teams knows it: elsewhere it may neither post nor open a chat.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.teams import Json


class Installs:
    """Follows the activities that Teams sends. A conversation counts as installed until the bot is removed."""

    def __init__(self) -> None:
        self._personal: set[str] = set()
        self._removed: set[str] = set()
        self._teams: dict[str, str] = {}
        """Channel -> its team."""

    def note(self, activity: Mapping[str, object]) -> None:
        """Take notice of an activity before it goes to the bot."""
        place, data = _object(activity.get("conversation")), _object(activity.get("channelData"))
        here = str(place.get("id", "")).partition(";")[0]
        if team := str(_object(data.get("team")).get("id") or ""):
            self._teams[here] = team
        kind = _object(data.get("channel")).get("type")
        is_one_channel = str(data.get("eventType", "")).startswith("channelMember") or kind in (
            "private",
            "shared",
        )
        scope = here if is_one_channel or not team else team
        if _removes(activity):
            self._removed.add(scope)
            self._personal.discard(here)
            return
        if place.get("conversationType") == "personal":
            self._personal.add(here)
        if _adds(activity):
            self._removed.discard(scope)

    def is_removed(self, chat: str) -> bool:
        """Whether the bot was removed from a conversation, or from its team."""
        here = chat.partition(";")[0]
        return not self._removed.isdisjoint((here, self._teams.get(here, here)))

    def is_personal(self, chat: str) -> bool:
        """Whether a person has the app in their own chat."""
        return chat in self._personal


def _removes(activity: Mapping[str, object]) -> bool:
    if activity.get("type") == "installationUpdate":
        return activity.get("action") == "remove"
    return _names_bot(activity, "membersRemoved")


def _adds(activity: Mapping[str, object]) -> bool:
    if activity.get("type") == "installationUpdate":
        return activity.get("action") == "add"
    return _names_bot(activity, "membersAdded") or activity.get("type") in ("message", "invoke")


def _names_bot(activity: Mapping[str, object], where: str) -> bool:
    bot = _object(activity.get("recipient")).get("id")
    members = activity.get(where)
    return isinstance(members, list) and any(_object(member).get("id") == bot for member in members)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}

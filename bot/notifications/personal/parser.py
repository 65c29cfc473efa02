"""Parses `notify`: `assigned off`, `turn off comments`, `digest at 9:00`, `quiet from 18:00 to 8:00`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.language import tr
from bot.notifications.personal.relevance import Reason
from bot.notifications.personal.settings import PersonalSettings

_WORDS: Mapping[str, Reason] = {
    **{reason.value: reason for reason in Reason},
    **dict.fromkeys(("assign", "assignments"), Reason.ASSIGNED),
    **dict.fromkeys(("mention", "mentions"), Reason.MENTIONED),
    **dict.fromkeys(("comment", "comments"), Reason.COMMENTED),
    **dict.fromkeys(("transitioned", "moved"), Reason.STATUS),
    **dict.fromkeys(("watch", "watching"), Reason.WATCHED),
}
_SWITCH = {"on": True, "off": False}
_FILLERS = frozenset({"and", "all", "turn", "switch", "my", "issues", "changes"})
_TO = re.compile(r"-|–| to | and | until ")
_TIME = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.h]([0-5][0-9]))? ?(am|pm)?")
_EXAMPLES = "notify assigned off, notify digest 9:00, notify quiet 18:00-8:00"

Change = Callable[[PersonalSettings], PersonalSettings]


class NotifyError(ValueError):
    """The text cannot be parsed. The message is a sentence for the person; it may quote their words."""


def parse_notify(text: str, *, now: float) -> Change | None:
    """Return the change; None for an empty text. `now` is in Unix seconds. Raises `NotifyError`."""
    words = text.casefold().replace(",", " ").split()
    if not words:
        return None
    match words[0]:
        case "digest":
            return _digest([word for word in words[1:] if word not in ("at", "daily")], now)
        case "quiet":
            return _quiet(" ".join(word for word in words[1:] if word not in ("hours", "from", "between")))
    return _matters([word for word in words if word not in _FILLERS], now)


def _matters(words: list[str], now: float) -> Change:
    """Parse `on` or `off`, before or after what is switched."""
    switch = next((word for word in (*words[-1:], *words[:1]) if word in _SWITCH), "")
    if not switch:
        _require_known(words)
        raise NotifyError(tr("Turn it on or off? Try: {examples}.", examples=_EXAMPLES))
    words.remove(switch)
    reasons = frozenset(Reason)
    if words:
        _require_known(words)
        reasons = frozenset(_WORDS[name] for name in words)
    elif not _SWITCH[switch]:
        return lambda s: replace(s, on=frozenset(), digest=None)
    if _SWITCH[switch]:
        return lambda s: replace(s, on=s.on | reasons, on_since=now if reasons - s.on else s.on_since)
    return lambda s: replace(s, on=s.on - reasons)


def _require_known(words: Sequence[str]) -> None:
    """Raise `NotifyError` if one of the words names nothing that can be notified about."""
    unknown = next((name for name in words if name not in _WORDS), "")
    if unknown:
        known = ", ".join((*Reason, "digest", "quiet"))
        raise NotifyError(tr("I don't know “{word}”. Choose from: {words}.", word=unknown[:40], words=known))


def _digest(words: list[str], now: float) -> Change:
    if not words:
        raise NotifyError(tr("Turn it on or off? Try: {examples}.", examples=_EXAMPLES))
    text = " ".join(words)
    if text == "off":
        return lambda s: replace(s, digest=None)
    at = 9 * 60 if text == "on" else _minutes(text)
    return lambda s: replace(s, digest=at, digest_since=now)


def _quiet(text: str) -> Change:
    if text == "off":
        return lambda s: replace(s, quiet=None)
    begin, *end = _TO.split(text, maxsplit=1)
    if not end:
        raise NotifyError(tr("Enter a start and an end time. Try: {examples}.", examples=_EXAMPLES))
    hours = (_minutes(begin.strip()), _minutes(end[0].strip()))
    if hours[0] == hours[1]:
        raise NotifyError(
            tr(
                "Start and end are the same. To turn off all notifications, type: {command}.",
                command="notify all off",
            )
        )
    return lambda s: replace(s, quiet=hours)


def _minutes(text: str) -> int:
    """Parse a time of day into minutes after midnight."""
    match = _TIME.fullmatch(text)
    if match is None or (match[3] and not 1 <= int(match[1]) <= 12):
        raise NotifyError(tr("“{word}” isn't a time of day. Try: {examples}.", word=text[:40], examples=_EXAMPLES))
    hour, half = int(match[1]), match[3]
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + int(match[2] or 0)

"""Finds parts of the cards that a bot sent."""

from __future__ import annotations

Json = dict[str, object]


def actions(card: object, verb: str = "") -> list[Json]:
    """Return all `Action.Execute`s of a card with a verb, at any depth."""
    buttons: list[Json] = []
    if isinstance(card, dict):
        if card.get("type") == "Action.Execute" and (not verb or card.get("verb") == verb):
            buttons.append(card)
        for name, part in card.items():
            if name != "fallback":
                buttons += actions(part, verb)
    elif isinstance(card, list):
        for part in card:
            buttons += actions(part, verb)
    return buttons


def sayings(card: object) -> list[str]:
    """Return the texts of the buttons that send a text for their presser (`imBack`), in order."""
    if isinstance(card, list):
        return [text for part in card for text in sayings(part)]
    if not isinstance(card, dict):
        return []
    data = card.get("data")
    teams = data.get("msteams") if isinstance(data, dict) else None
    if isinstance(teams, dict) and teams.get("type") == "imBack":
        return [str(teams.get("value"))]
    return [text for name, part in card.items() if name != "fallback" for text in sayings(part)]


def links(card: object) -> list[str]:
    """Return the addresses of all `Action.OpenUrl`s of a card."""
    addresses: list[str] = []
    if isinstance(card, dict):
        if card.get("type") == "Action.OpenUrl":
            addresses.append(str(card.get("url")))
        for part in card.values():
            addresses += links(part)
    elif isinstance(card, list):
        for part in card:
            addresses += links(part)
    return addresses


def words(card: object) -> str:
    """Return all text that a card shows, in order."""
    if isinstance(card, dict):
        own = [str(card[name]) for name in ("text", "title", "value") if isinstance(card.get(name), str)]
        return " ".join([*own, *(words(v) for n, v in card.items() if n not in ("fallback", "data"))]).strip()
    if isinstance(card, list):
        return " ".join(filter(None, map(words, card)))
    return ""

"""Looking into the cards that a bot sent."""

from __future__ import annotations

Json = dict[str, object]


def actions(card: object, verb: str = "") -> list[Json]:
    """All `Action.Execute`s of a card with that verb, wherever they are in it; fallbacks left out."""
    found: list[Json] = []
    if isinstance(card, dict):
        if card.get("type") == "Action.Execute" and (not verb or card.get("verb") == verb):
            found.append(card)
        for name, part in card.items():
            if name != "fallback":
                found += actions(part, verb)
    elif isinstance(card, list):
        for part in card:
            found += actions(part, verb)
    return found


def sayings(card: object) -> list[str]:
    """What the buttons that speak for their presser say (`imBack`), in order."""
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
    """The addresses of all `Action.OpenUrl`s of a card."""
    found: list[str] = []
    if isinstance(card, dict):
        if card.get("type") == "Action.OpenUrl":
            found.append(str(card.get("url")))
        for part in card.values():
            found += links(part)
    elif isinstance(card, list):
        for part in card:
            found += links(part)
    return found


def words(card: object) -> str:
    """All text that a card shows, in order."""
    if isinstance(card, dict):
        own = [str(card[name]) for name in ("text", "title", "value") if isinstance(card.get(name), str)]
        return " ".join([*own, *(words(v) for n, v in card.items() if n not in ("fallback", "data"))]).strip()
    if isinstance(card, list):
        return " ".join(filter(None, map(words, card)))
    return ""

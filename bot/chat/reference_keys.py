"""Keys of the references of conversations: `bot.teams` keeps these, admins look them up and remove them."""

from __future__ import annotations

from bot.chat.identity import Person

TABLE = "references"
PERSON_PREFIX = "person/"


def person_key(person: Person) -> str:
    """Return the key of a person's own chat, which is also stored under its own key, `Conversation.key`."""
    return f"{PERSON_PREFIX}{person.key}"

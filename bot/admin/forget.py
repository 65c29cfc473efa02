"""`people forget`: removes what is stored about a person, whether they are linked or not."""

from __future__ import annotations

import argparse

from bot.accounts.audit import Actor, AuditAction
from bot.admin.people import chat_of
from bot.admin.toolbox import Toolbox
from bot.chat import reference_keys
from bot.chat.identity import Conversation, Person
from bot.chat.tables import INVITATIONS_TABLE, WELCOMED_TABLE
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Store


async def forget_person(tools: Toolbox, options: argparse.Namespace) -> int:
    """Remove a person's link, settings, subscriptions and chat, and the messages that wait for them.

    What expires by itself stays until then: traces and posts of their chat, and the audit log.
    """
    person = Person.from_key(options.name)
    subscriptions = await tools.subscriptions.of_owner(person)
    for subscription in subscriptions:
        await tools.subscriptions.remove(subscription.id)
    had_link = await tools.vault.disconnect(person, by=Actor.ADMIN)
    chat = await chat_of(tools.store, person)
    if chat is not None:
        await _forget_chat(tools.store, person, chat)
    invited = await tools.store.delete(INVITATIONS_TABLE, person.key)
    forgotten = bool(subscriptions or had_link or chat or invited)
    if forgotten:
        await tools.audit.record(AuditAction.FORGOTTEN, person, by=Actor.ADMIN)
    done = f"Forgotten. Subscriptions removed: {len(subscriptions)}."
    tools.output.print_result(
        done if forgotten else "Nothing is stored about that person.",
        forgotten=forgotten,
        subscriptions=len(subscriptions),
    )
    return 0 if forgotten else 1


async def _forget_chat(store: Store, person: Person, chat: Conversation) -> None:
    unreachable = UnreachableConversations(store)
    await unreachable.drop_messages(chat)
    await unreachable.remove(chat)
    await store.delete(WELCOMED_TABLE, chat.key)
    for key in (reference_keys.person_key(person), chat.key):
        await store.delete(reference_keys.TABLE, key)

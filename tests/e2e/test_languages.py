"""Each person is answered, and told things, in the language of their own Teams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from bot.accounts.model import Account, Pending, WaitingRequest
from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import Card, Message
from bot.commands.account.notices import Notices
from bot.jira.models import JiraUser, Site
from bot.language import language, tr, use_language
from bot.security.card_signing import Signer
from sandbox.people import by_email
from sandbox.teams import ALICE, BOB, CHANNEL, Answer, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, links, words
from tests.support.world import World

GERMAN, FRENCH, BRITISH, AMERICAN = "de-DE", "fr-FR", "en-GB", "en-US"
HERS = personal(ALICE)


def said_in(tag: str, sentence: str, **values: object) -> str:
    """Translate a sentence for a locale: nobody has translated anything into French."""
    with use_language(tag):
        said = tr(sentence, **values)
    assert language(tag).code == "en" or said != sentence.format(**values), f"not translated: {sentence!r}"
    return said


def says(posted: Posted) -> str:
    return f"{posted.text} {words(posted.card)}"


@dataclass
class Speaker:
    """Somebody whose Teams is in a language."""

    world: World
    locale: str
    user: TeamsUser = ALICE

    async def say(self, text: str, chat: Chat | None = None) -> Posted:
        """Type something; the answer."""
        here = chat or personal(self.user)
        bot = {"id": f"28:{self.world.teams.app_id}", "name": "Jira"}
        mention = {"type": "mention", "mentioned": bot, "text": "<at>Jira</at>"}
        typed: dict[str, object] = {"text": text}
        if here.kind != "personal":
            typed = {"text": f"<at>Jira</at> {text}", "entities": [mention]}
        async with self.world.teams.expecting(here) as got:
            await self._send(here, "message", **typed)
        return got[0]

    async def press(self, card: Posted, verb: str, chat: Chat | None = None, **inputs: str) -> Answer:
        """Press the first button of that verb."""
        here = chat or personal(self.user)
        button = actions(card.card, verb)[0]
        data = button["data"]
        assert isinstance(data, dict)
        action = {"type": "Action.Execute", "verb": verb, "data": {**data, **inputs}}
        value = {"action": action, "trigger": "manual"}
        return await self._send(here, "invoke", name="adaptiveCard/action", value=value, replyToId=card.id)

    async def link(self) -> Posted:
        """Connect Jira from the own chat; the card that says so."""
        asked = await self.say("connect")
        async with self.world.teams.expecting(personal(self.user)) as got:
            await self.world.follow(asked, self.user)
        return got[0]

    async def _send(self, chat: Chat, kind: str, **more: object) -> Answer:
        teams = self.world.teams
        answer = await teams.post(teams.activity(self.user, chat, kind, locale=self.locale, **more))
        assert answer.status in (200, 201, 202)
        return answer


EVERY_LANGUAGE = pytest.mark.parametrize("locale", [GERMAN, "de-AT", FRENCH, BRITISH, ""])


@EVERY_LANGUAGE
async def test_help_keeps_what_is_typed(world: World, locale: str) -> None:
    shown = await Speaker(world, locale).say("help")
    assert said_in(locale, "Change an issue's status.") in says(shown)
    assert said_in(locale, "What you can do") in says(shown)
    assert "move PROJ-12 [to] <status>" in says(shown)
    assert shown.activity["summary"] == said_in(locale, "What you can do")


@EVERY_LANGUAGE
async def test_connecting(world: World, locale: str) -> None:
    alice = Speaker(world, locale)
    asked = await alice.say("DEMO-1")
    assert asked.activity["summary"] == said_in(locale, "Connect your Jira account")
    assert said_in(locale, "Continue with Microsoft") in says(asked)
    connected = said_in(locale, "Jira is connected")
    async with world.teams.expecting(HERS, lambda p: p.activity.get("summary") == connected) as got:
        await world.follow(asked, ALICE)
    assert connected in says(got[0])
    assert said_in(locale, "you are mentioned") in says(got[0])
    # What had been asked for before runs by itself, in the same language.
    await world.teams.next(HERS, lambda p: said_in(locale, "Assign to me") in says(p))


@EVERY_LANGUAGE
async def test_an_issue_and_the_answer_to_a_press(world: World, locale: str) -> None:
    alice = Speaker(world, locale)
    await alice.link()
    card = await alice.say("DEMO-1")
    assert said_in(locale, "Assign to me") in says(card)
    answer = await alice.press(card, "issue.unwatch")
    assert said_in(locale, "You stopped watching this issue.") in words(answer.card)
    answer = await alice.press(card, "issue.comment")
    example = said_in(locale, "Add your comment, like “comment {key} Looks good to me”.", key="DEMO-1")
    assert example in words(answer.card)
    assert "comment DEMO-1 " in example


@EVERY_LANGUAGE
async def test_creating(world: World, locale: str) -> None:
    alice = Speaker(world, locale)
    await alice.link()
    form = await alice.say("create bug DEMO")
    assert said_in(locale, "New {type} in {project}", type="Bug", project="DEMO") in says(form)
    assert said_in(locale, "Create") in [a.get("title") for a in actions(form.card, "form.submit")]
    assert said_in(locale, "Cancel") in says(form)
    made = await alice.press(form, "form.submit", f_summary="Die Tür klemmt")
    assert "Die Tür klemmt" in words(made.card)
    assert said_in(locale, "Created.") in words(made.card)


@EVERY_LANGUAGE
async def test_what_is_not_understood_and_what_does_not_work(world: World, locale: str) -> None:
    alice = Speaker(world, locale)
    typo = await alice.say("moev DEMO-1 to Done")
    assert said_in(locale, "Did you mean:") in says(typo)
    assert "move DEMO-1 to Done" in says(typo)
    await alice.link()
    missing = said_in(locale, "I can't find {key}, or you may not see it.", key="DEMO-99999")
    assert missing in (await alice.say("DEMO-99999")).text
    assert (
        said_in(locale, "Which issue? Type a key like PROJ-12, or paste a link.") in (await alice.say("show")).text
    )
    several = await alice.say("move DEMO-1")
    assert said_in(locale, "Choose a status:") in says(several)
    assert "In Progress" in says(several)


@pytest.mark.parametrize(
    ("locale", "day"),
    [
        (GERMAN, "Freitag, 15. Mai 2026"),
        (BRITISH, "Friday, 15 May 2026"),
        (AMERICAN, "Friday, May 15, 2026"),
        (FRENCH, "Friday, 15 May 2026"),
    ],
)
async def test_days(world: World, locale: str, day: str) -> None:
    alice = Speaker(world, locale)
    await alice.link()
    said = said_in(locale, "{field} set to {value}.", field="Due date", value=day)
    assert said in says(await alice.say("due DEMO-1 2026-05-15"))


async def test_each_reads_a_list_in_their_own_language(world: World) -> None:
    """Whoever pages through a list that somebody else asked for."""
    for number in range(11):
        world.create_issue("DEMO", f"Door {number}")
    alice, bob = Speaker(world, GERMAN), Speaker(world, AMERICAN, BOB)
    await alice.link()
    await bob.link()
    found = await alice.say("search Door", CHANNEL)
    assert said_in(GERMAN, "Search: {words}", words="Door") in says(found)
    answer = await bob.press(found, "list.page", CHANNEL)
    assert "Search: Door" in words(answer.card)
    mine = await alice.say("reported", CHANNEL)
    assert said_in(GERMAN, "Reported by you") in says(mine)
    answer = await bob.press(mine, "list.page", CHANNEL)
    assert "Reported by you" in words(answer.card)


async def test_a_channel_hears_in_the_language_of_who_subscribed(world: World) -> None:
    alice, bob = Speaker(world, GERMAN), Speaker(world, AMERICAN, BOB)
    await alice.link()
    await bob.link()
    subscribed = await alice.say("subscribe DEMO", CHANNEL)
    assert said_in(GERMAN, "created") in subscribed.text
    # Others who speak there later, and without a language at that, do not change it.
    assert "Assign to me" in says(await bob.say("DEMO-1", CHANNEL))
    await Speaker(world, "", BOB).say("subscriptions", CHANNEL)
    async with world.teams.expecting(CHANNEL, lambda p: "Die Tür klemmt" in words(p.card)) as told:
        world.create_issue("DEMO", "Die Tür klemmt")
    assert said_in(GERMAN, "Assign to me") in says(told[0])


async def test_a_revoked_link_is_told_unasked_in_the_language_of_its_owner(world: World) -> None:
    alice = Speaker(world, GERMAN)
    await alice.link()
    await alice.say("subscribe DEMO", CHANNEL)
    # An activity that names no language, as some do, is answered in English and changes nothing.
    assert "In Jira you are" in (await Speaker(world, "").say("whoami")).text
    person = by_email(ALICE.email)
    assert person is not None
    world.sandbox.atlassian.revoke(person.account_id)
    ended = said_in(GERMAN, "Your Jira connection has ended")
    async with world.teams.expecting(HERS, lambda p: ended in words(p.card)) as told:
        world.create_issue("DEMO", "Told to nobody")
    assert told[0].activity["summary"] == ended


async def test_who_was_only_met_in_a_channel_is_told_in_their_language(world: World) -> None:
    bob = Speaker(world, GERMAN, BOB)
    asked = await bob.say("DEMO-1", CHANNEL)
    answer = await bob.press(asked, "account.connect", CHANNEL)
    connected = said_in(GERMAN, "Jira is connected")
    async with world.teams.expecting(personal(BOB), lambda p: connected in words(p.card)):
        await world.follow_url(links(answer.card)[0], BOB)
    theirs = by_email(BOB.email)
    assert theirs is not None
    async with world.teams.expecting(personal(BOB), lambda p: "Die Tür klemmt" in words(p.card)) as told:
        world.create_issue("DEMO", "Die Tür klemmt", assignee={"accountId": theirs.account_id})
    assert said_in(GERMAN, "Open in Jira") in says(told[0])


# Which language a notice is in ----------------------------------------------------------------------------------


@dataclass
class Spoken:
    """A chat that keeps what is said in it, and links for its cards."""

    place: Conversation
    heard: list[Message] = field(default_factory=list)

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        assert to == self.place
        self.heard.append(message)
        return "1"

    async def update(self, to: Conversation, activity_id: str, message: Message) -> None:
        raise NotImplementedError

    async def personal_conversation(
        self, person: Person, near: Conversation, *, teams_id: str = ""
    ) -> Conversation:
        return self.place

    async def connect_url(self, person: Person, pending: Pending | None, *, in_teams_window: bool = False) -> str:
        return "https://bridge.example/connect?ticket=x"

    async def store_pending(self, person: Person, pending: Pending) -> str:
        raise NotImplementedError

    async def find_pending(self, name: str, person: Person) -> Pending | None:
        raise NotImplementedError

    async def take_pending(self, name: str, person: Person) -> Pending | None:
        raise NotImplementedError

    async def waiting(self, person: Person) -> list[WaitingRequest]:
        raise NotImplementedError

    async def personal(self, person: Person) -> Conversation:
        return self.place


def chat(tag: str, scope: Scope = Scope.PERSONAL) -> Conversation:
    return Conversation("a:1", scope, "tenant", "https://smba.example/", "28:bot", language=tag)


def account() -> Account:
    site = Site("cloud", "https://example.atlassian.net", "Example")
    user = JiraUser("712020:1", "Alice Example")
    return Account(Person("tenant", "oid"), user, (site,), site.cloud_id, (), 0.0)


@pytest.mark.parametrize(
    ("own", "met", "expected"),
    [
        ("de-DE", None, GERMAN),
        ("de-DE", "fr-FR", GERMAN),
        ("", "de-DE", GERMAN),
        ("fr-FR", "de-DE", BRITISH),
        ("en-US", "de-DE", BRITISH),
        ("", None, BRITISH),
    ],
)
async def test_a_notice_is_in_the_language_of_the_chat_that_it_goes_to(
    own: str, met: str | None, expected: str
) -> None:
    spoken = Spoken(chat(own))
    notices = Notices(spoken, spoken, spoken.personal, Signer([b"k" * 32]))
    pending = Pending(chat(met, Scope.CHANNEL), {}) if met is not None else None
    # Who set it off, and in which language they are answered, does not matter.
    with use_language("fr-FR" if expected == GERMAN else "de-DE"):
        await notices.announce_linked(account().person, account(), pending)
        if met is None:
            await notices.announce_revoked(account().person)
            await notices.announce_expiring(account(), 14)
    titles = ["Jira is connected", "Your Jira connection has ended", "Renew your Jira connection"]
    wanted = [said_in(expected, title) for title in titles[: len(spoken.heard)]]
    assert len(wanted) == (3 if met is None else 1)
    assert [message.summary for message in spoken.heard] == wanted
    assert all(title in _shown(message.card) for title, message in zip(wanted, spoken.heard, strict=True))


async def test_a_link_that_ends_in_two_days_says_so() -> None:
    spoken = Spoken(chat("en-US"))
    await Notices(spoken, spoken, spoken.personal, Signer([b"k" * 32])).announce_expiring(account(), 2)
    [message] = spoken.heard
    assert "Yours ends in 2 days" in _shown(message.card)


def _shown(card: Card | None) -> str:
    assert isinstance(card, Mapping)
    return words(dict(card))

"""What is told unasked is told in the language of the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.accounts.model import GrantRevokedError
from bot.chat.identity import Conversation
from bot.chat.messages import Message
from bot.jira.models import Issue, Site, Status
from bot.jira.webhooks.model import Event, EventKind, Topic
from bot.language import current_language, use_language
from bot.notifications.cards import NotificationCards
from bot.notifications.inbox.matcher import event_message
from bot.notifications.messages import event_job, load
from bot.notifications.outbox.suspension import SuspensionReason
from bot.notifications.personal.parser import NotifyError, parse_notify
from bot.notifications.ports import Day, DigestLine, IssueOnSite
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeError, parse_subscribe
from bot.security.card_signing import Signer
from tests.notifications.personal.test_flow import ANN_USER, BEN_USER, HERS, HIS, Scene, scene, with_people
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import ANN, HERE, HOST, SITE, channel, delivery, issue, moved

__all__ = ["scene"]

LOOKS = NotificationCards(Signer([b"k" * 32], clock=lambda: 0.0), lambda _: ())
MINE = Subscription("1", HERE, ANN, "cloud-1", HOST, "", "a = b", frozenset(Topic))


class Tongues:
    """Cards that say in which language they were made."""

    def issue_message(
        self,
        conversation: Conversation,
        site: Site,
        issue: Issue,
        headline: str,
        *,
        including_restricted: bool = False,
    ) -> Message:
        return Message(text=f"{current_language().code}: {headline}")

    def line_message(self, conversation: Conversation, text: str) -> Message:
        return Message(text=f"{current_language().code}: {text}")

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
        return Message(text=f"{current_language().code}: digest {lines[0].sentences[0]}")

    def suspended_message(
        self, conversation: Conversation, subscriptions: Sequence[Subscription], reason: str
    ) -> Message:
        return Message(text=f"{current_language().code}: {reason}")


@pytest.fixture
async def german(bench: Bench) -> Bench:
    """Whose channel hears in German; not started."""
    bench.cards = Tongues()
    bench.fresh_service()
    await bench.subscribe(replace(HERE, language="de-AT"))
    return bench


async def test_an_event_is_told_in_the_language_of_who_subscribed(german: Bench) -> None:
    await german.service.start()
    await german.deliver(delivery())
    assert await german.told(HERE, 1) == ["de: Bob: Bug erstellt"]
    german.jira.put(issue(updated=2000, status=Status("3", "In Progress")))
    await german.deliver(moved("To Do", "In Progress", at=5))
    assert await german.told(HERE, 2) == [
        "de: Bob: Status To Do → In Progress",
        "↳ de: Bob: Status To Do → In Progress",
    ]


async def test_the_next_conversation_is_told_in_its_own(german: Bench) -> None:
    await german.service.start()
    there = channel("there")
    await german.subscribe(there)
    await german.deliver(delivery())
    assert await german.told(HERE, 1) == ["de: Bob: Bug erstellt"]
    assert await german.told(there, 1) == ["en: Bob created this Bug"]


async def test_who_subscribed_last_chooses_the_language(german: Bench) -> None:
    await german.service.start()
    await german.subscribe(replace(HERE, language="en-US"), project="", jql="priority = High")
    await german.deliver(delivery())
    assert await german.told(HERE, 1) == ["en: Bob created this Bug"]


async def test_a_stop_is_told_in_the_language_of_the_conversation(german: Bench) -> None:
    await german.service.start()
    german.jira.troubles[ANN] = GrantRevokedError()
    await german.deliver(delivery())
    assert await german.told(HERE, 1) == ["de: revoked"]


async def test_a_digest_is_told_in_the_language_of_the_conversation(german: Bench) -> None:
    for number in range(1, 14):
        german.jira.put(issue(number))
        await german.deliver(delivery(number=number, at=number))
    await german.service.start()
    await german.elapse(lambda: german.counted("queued_total") == 13, step=0.0)
    await german.elapse(lambda: german.counted("delivered_total", form="digest") == 1)
    assert german.teams.says(HERE)[10] == "de: digest Bob: Bug erstellt"


async def test_a_person_is_told_in_the_language_of_their_own_chat(scene: Scene) -> None:
    scene.office.chats[ANN] = replace(HERS, language="de")
    scene.bench.jira.put(issue(assignee=ANN_USER, reporter=BEN_USER))
    people = {"assignee": "ann", "reporter": "ben"}
    await scene.bench.deliver(with_people(moved("To Do", "Doing", at=1), **people))
    assert await scene.bench.told(HERS, 1) == ["[PROJ-1 Issue 1] Bob: Status To Do → Doing"]
    assert await scene.bench.told(HIS, 1) == ["[PROJ-1 Issue 1] Bob moved To Do → Doing"]
    await scene.bench.deliver(with_people(moved("Doing", "Done", at=2), **people))
    assert (await scene.bench.told(HERS, 2))[1] == "↳ PROJ-1 Issue 1 – Bob: Status Doing → Done"
    assert (await scene.bench.told(HIS, 2))[1] == "↳ PROJ-1 Issue 1: Bob moved Doing → Done"


async def test_a_language_outlives_a_new_address(german: Bench) -> None:
    moved_to = replace(HERE, service_url="https://smba.example/apac/")
    await german.service.conversation_back(moved_to)
    [kept] = await german.service.subscriptions.in_conversation(HERE)
    assert kept.conversation == replace(moved_to, language="de-AT")
    await german.service.conversation_back(replace(moved_to, language="en-GB"))
    [kept] = await german.service.subscriptions.in_conversation(HERE)
    assert kept.conversation.language == "en-GB"


async def test_a_language_is_written_only_when_something_changed(german: Bench) -> None:
    [kept] = await german.service.subscriptions.in_conversation(HERE)
    before = await german.service.subscriptions.version(kept.id)
    await german.service.conversation_back(HERE)
    assert await german.service.subscriptions.version(kept.id) == before


def test_the_outbox_holds_the_conversation_of_the_newest() -> None:
    event = Event(frozenset({EventKind.CREATED}), HOST, "10001", names=("n",))
    newest = replace(MINE, id="2", conversation=replace(HERE, language="de"))
    message = event_message(event, [MINE, newest], "d", 0.0)
    job = event_job(message, MINE.cloud_id)
    assert load(job.payload) == message
    assert message.conversation.language == "de"
    assert job.id == event_job(event_message(event, [MINE], "d", 0.0), MINE.cloud_id).id


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        (
            SuspensionReason.NOT_CONNECTED,
            "Die abonnierende Person hat Jira getrennt.",
        ),
        (SuspensionReason.REVOKED, "Die Jira-Verbindung der abonnierenden Person ist beendet."),
        (SuspensionReason.SCOPE, "Die Jira-Verbindung der abonnierenden Person umfasst das nicht."),
        (SuspensionReason.NO_ACCESS, "Die abonnierende Person darf es in Jira nicht mehr sehen."),
        (SuspensionReason.QUERY, "Jira nimmt die Abfrage nicht mehr an."),
    ],
)
def test_why_nothing_is_told_any_more_in_german(reason: SuspensionReason, because: str) -> None:
    with use_language("de"):
        said = LOOKS.suspended_message(HERE, [MINE], reason).summary
    further = "" if reason is SuspensionReason.QUERY else " Jemand anderes kann übernehmen."
    assert said == f"alle Projekte: keine Meldungen mehr. {because}{further}"


def test_a_day_in_german() -> None:
    late, others = IssueOnSite(SITE, issue(1, due=date(2026, 1, 2))), IssueOnSite(SITE, issue(2))
    with use_language("de"):
        message = LOOKS.daily_message(HERS, Day(overdue=(late,), today=(others,), latest=(others, others)))
    assert message.summary == "Ihr Tag in Jira: 1 überfällig, 1 heute fällig, 2 Ihnen außerdem zugewiesen"
    assert "seit 2. Januar" in str(message.card)
    assert "Ihnen außerdem zugewiesen (2)" in str(message.card)


def test_a_day_in_english_is_as_ever() -> None:
    late, others = IssueOnSite(SITE, issue(1, due=date(2026, 1, 2))), IssueOnSite(SITE, issue(2))
    message = LOOKS.daily_message(HERS, Day(overdue=(late,), tomorrow=(others,), latest=(others,)))
    assert message.summary == "Your day in Jira: 1 overdue, 1 due tomorrow, 1 also assigned to you"
    assert "since 02 January" in str(message.card)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, ("1 change in Jira", "1 Änderung in Jira")), (3, ("3 changes in Jira", "3 Änderungen in Jira"))],
)
def test_how_many_changes(count: int, said: tuple[str, str]) -> None:
    lines = [DigestLine(SITE, issue(), ("x",) * count)]
    told = []
    for tag in ("en", "de"):
        with use_language(tag):
            told.append(LOOKS.digest_message(HERE, lines, 0).summary)
    assert tuple(told) == said


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Welches Projekt? Zum Beispiel: subscribe PROJ created commented"),
        ("P-1", "„P-1“ ist kein Projektschlüssel. Ein Schlüssel sieht so aus: PROJ."),
        ("PROJ creatd", "Es gibt kein Ereignis namens „creatd“. Meinten Sie created?"),
        ("PROJ where", "Geben Sie nach „where“ eine JQL-Abfrage an, zum Beispiel: where priority = High"),
        ("PROJ where " + "x" * 1001, "Die Abfrage ist zu lang. Möglich sind höchstens 1000 Zeichen."),
    ],
)
def test_what_cannot_be_subscribed_to_in_german(typed: str, says: str) -> None:
    with use_language("de"), pytest.raises(SubscribeError) as raised:
        parse_subscribe(typed)
    assert str(raised.value) == says


def test_an_unknown_event_names_those_that_can_be_typed() -> None:
    with (
        use_language("de"),
        pytest.raises(SubscribeError, match=r"^Es gibt kein Ereignis namens „zz“. Wählen Sie aus: created, "),
    ):
        parse_subscribe("PROJ zz")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("assigned", "Ein- oder ausschalten?"),
        (
            "lunch on",
            "„lunch“ kenne ich nicht. Wählen Sie aus: assigned, mentioned, commented, status, watched, digest, ",
        ),
        ("quiet 9:00", "Geben Sie Beginn und Ende an"),
        ("quiet 9-9", "Beginn und Ende sind gleich."),
        ("digest noon", "„noon“ ist keine Uhrzeit. Zum Beispiel: notify assigned off, "),
        ("digest 13 pm", "„13 pm“ ist keine Uhrzeit."),
    ],
)
def test_what_is_no_wish_in_german(typed: str, says: str) -> None:
    with use_language("de"), pytest.raises(NotifyError) as raised:
        parse_notify(typed, now=0.0)
    assert str(raised.value).startswith(says)

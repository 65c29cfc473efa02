"""From the inbox to what is visible in Teams."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.accounts.model import GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.chat.identity import Conversation, Scope
from bot.chat.messages import ConversationGoneError, DeliveryDelayedError, DeliveryRefusedError, Message
from bot.jira.errors import JiraRateLimitedError, JiraRejectedError, JiraSignInError, JiraUnavailableError
from bot.jira.models import Comment, NamedItem, Status
from bot.jira.webhooks.model import Topic
from bot.notifications.messages import INBOX, OUTBOX
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import ANN, BEN, HOST, SITE, channel, commented, delivery, issue, moved

HERE, THERE = channel("here"), channel("there")
CARD = "[PROJ-1 Issue 1] Bob created this Bug"
END = "[END-9 Issue 9] Bob created this Bug"


async def the_end(bench: Bench) -> None:
    """Something that is certainly told, so that what was not told before it never will be."""
    await bench.subscribe(HERE, owner=BEN, project="END")
    bench.jira.put(issue(9, project="END"))
    await bench.deliver(delivery(number=9, project="END"))


async def test_an_event_is_told_where_it_is_wanted(running: Bench) -> None:
    await running.subscribe(HERE, Topic.CREATED)
    await running.subscribe(THERE, Topic.COMMENTED)
    await running.deliver(commented("hi"))
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == [CARD]
    assert await running.told(THERE, 1) == ["[PROJ-1 Issue 1] Bob commented: “hi”"]
    assert running.jira.reads == [(ANN, "PROJ-1")] * 2


async def test_several_subscriptions_of_a_conversation_tell_once(running: Bench) -> None:
    for owner in (ANN, BEN):
        await running.subscribe(HERE, owner=owner)
    await running.subscribe(HERE, project="", jql="priority = High")
    await running.deliver(delivery())
    await running.deliver(commented("the end", at=1))
    assert await running.told(HERE, 2) == [
        CARD.replace("created this Bug", "commented: “the end”"),
        "↳ Bob commented: “the end”",
    ]


async def test_t13_the_same_event_in_other_words_is_told_once(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(commented("once"), name="admin's webhook")
    same = delivery(
        "jira:issue_updated",
        issue_event_type_name="issue_commented",
        comment={"id": "1", "body": "once", "author": {"accountId": "bob", "displayName": "Bob"}},
    )
    await running.deliver(same, name="the app's webhook")
    await running.deliver(commented("the end", comment="2"))
    says = await running.told(HERE, 2)
    assert says[1:] == ["↳ Bob commented: “the end”"]
    assert running.counted("duplicate_total", stage="event") == 1


@pytest.mark.parametrize("comment_first", [False, True])
async def test_t13_a_comment_made_with_a_transition_is_told_once(running: Bench, comment_first: bool) -> None:
    await running.subscribe(HERE)
    alone = commented("done", at=1)
    deliveries = [moved("To Do", "Done", at=1, comment=alone["comment"]), alone]
    for one in reversed(deliveries) if comment_first else deliveries:
        await running.deliver(one)
    await the_end(running)
    await running.teams.until(lambda: END in running.teams.says(HERE))
    sent = [call[2].rpartition("] ")[2] for call in running.teams.calls if call[0] == "send"]
    assert sorted(sent[:-1]) == ["Bob commented: “done”", "Bob moved To Do → Done"]


async def test_t26_a_restricted_comment_holds_back_no_transition(running: Bench) -> None:
    await running.subscribe(HERE)
    hidden = commented("psst", comment_more={"jsdPublic": False})["comment"]
    await running.deliver(moved("To Do", "Done", comment=hidden))
    await the_end(running)
    assert await running.told(HERE, 2) == ["[PROJ-1 Issue 1] Bob moved To Do → Done", END]
    assert not any("psst" in call[2] for call in running.teams.calls)


async def test_later_events_update_the_card_and_answer_in_its_thread(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.put(issue(updated=2000, status=Status("3", "In Progress")))
    await running.deliver(moved("To Do", "In Progress", at=5))
    assert await running.told(HERE, 2) == [
        "[PROJ-1 Issue 1 In Progress] Bob moved To Do → In Progress",
        "↳ Bob moved To Do → In Progress",
    ]
    assert [call[0] for call in running.teams.calls] == ["send", "update", "send"]
    assert running.teams.calls[2][3] == "activity-1"


async def test_after_a_week_an_issue_gets_a_new_card(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    await running.settle(step=0.0)
    running.clock.now += 7 * 86400 + 1
    await running.deliver(moved("To Do", "Done", at=5))
    assert (await running.told(HERE, 2))[1] == "[PROJ-1 Issue 1] Bob moved To Do → Done"


async def test_a_card_is_as_old_as_its_first_event(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    await running.settle(step=0.0)
    running.clock.now += 6 * 86400
    await running.deliver(moved("To Do", "In Progress", at=5))
    assert (await running.told(HERE, 2))[1] == "↳ Bob moved To Do → In Progress"
    await running.settle(step=0.0)
    running.clock.now += 2 * 86400
    await running.deliver(moved("In Progress", "Done", at=6))
    assert (await running.told(HERE, 3))[2] == "[PROJ-1 Issue 1] Bob moved In Progress → Done"


async def test_f20_an_older_reading_does_not_overwrite_the_card(running: Bench) -> None:
    running.jira.put(issue(updated=2000, status=Status("3", "Done")))
    await running.subscribe(HERE)
    await running.deliver(moved("In Progress", "Done", at=9))
    await running.told(HERE, 1)
    running.jira.put(issue(updated=1000, status=Status("2", "In Progress")))
    await running.deliver(moved("To Do", "In Progress", at=5))
    assert await running.told(HERE, 2) == [
        "[PROJ-1 Issue 1 Done] Bob moved In Progress → Done",
        "↳ Bob moved To Do → In Progress",
    ]


async def test_a_deleted_card_is_posted_anew(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.teams.answers[HERE.id].append(DeliveryRefusedError("no such activity"))
    await running.deliver(moved("To Do", "Done", at=5))
    assert await running.told(HERE, 2) == [CARD, "[PROJ-1 Issue 1] Bob moved To Do → Done"]


async def test_t25_a_security_level_is_not_told_unless_asked_for(running: Bench) -> None:
    running.jira.put(issue(1, security_level=NamedItem("1", "Secret")))
    running.jira.put(issue(2))
    await running.subscribe(HERE)
    await running.subscribe(THERE, restricted=True)
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    assert await running.told(HERE, 1) == ["[PROJ-2 Issue 2] Bob created this Bug"]
    assert (await running.told(THERE, 2))[0] == CARD
    assert running.counted("withheld_total", reason="security level") == 1


async def test_t25_a_level_added_later_leaves_the_card_alone(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.put(issue(updated=2000, summary="Layoffs", security_level=NamedItem("1", "Secret")))
    await running.deliver(moved("a", "b", at=5))
    running.jira.put(issue(2))
    await running.deliver(delivery(number=2))
    assert await running.told(HERE, 2) == [CARD, "[PROJ-2 Issue 2] Bob created this Bug"]
    assert not any("Layoffs" in call[2] for call in running.teams.calls)


async def test_t25_another_owner_who_sees_it_is_enough(running: Bench) -> None:
    running.jira.blind.add(ANN)
    await running.subscribe(HERE, owner=ANN)
    await running.subscribe(HERE, owner=BEN)
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == [CARD]
    assert [person for person, _ in running.jira.reads] == [ANN, BEN]


async def test_t25_an_issue_that_the_owner_does_not_see_is_dropped_silently(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery(number=7))
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == [CARD]
    assert running.counted("withheld_total", reason="not visible") == 1


@pytest.mark.parametrize("how", [{"jsdPublic": False}, {"visibility": {"type": "role", "value": "Admins"}}])
async def test_t26_a_restricted_comment_is_in_no_post(running: Bench, how: dict[str, object]) -> None:
    await running.subscribe(HERE)
    await running.deliver(commented("psst", comment_more=how))
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == [CARD]
    assert not any("psst" in call[2] for call in running.teams.calls)


async def test_t26_a_comment_restricted_since_then_is_in_no_post(running: Bench) -> None:
    running.jira.put(issue(comments=(Comment("1", None, None, None, restricted=True),), comment_count=1))
    await running.subscribe(HERE)
    await running.deliver(commented("psst"))
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == [CARD]


async def test_t26_a_comment_that_the_owner_cannot_see_is_told_without_its_words(
    running: Bench,
) -> None:
    running.jira.put(issue(comments=(Comment("8", None, None, None),), comment_count=1))
    await running.subscribe(HERE)
    await running.deliver(commented("psst"))
    assert await running.told(HERE, 1) == ["[PROJ-1 Issue 1] Bob commented"]


async def test_a_personal_chat_is_told_what_its_owner_sees(running: Bench) -> None:
    alone = channel("alone", Scope.PERSONAL)
    running.jira.put(issue(security_level=NamedItem("1", "Secret")))
    await running.subscribe(alone)
    await running.deliver(delivery())
    assert await running.told(alone, 1) == [CARD]


async def test_a_query_decides(running: Bench) -> None:
    running.jira.found = lambda issue_id, jql: issue_id == "10002"
    running.jira.put(issue(2))
    await running.subscribe(HERE, jql="priority = High")
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    assert await running.told(HERE, 1) == ["[PROJ-2 Issue 2] Bob created this Bug"]


@pytest.mark.parametrize(
    ("trouble", "reason"), [(NotConnectedError(), "not connected"), (GrantRevokedError(), "revoked")]
)
async def test_t27_an_owner_without_a_link_is_told_of_once(
    running: Bench, trouble: Exception, reason: str
) -> None:
    await running.subscribe(HERE)
    other = await running.subscribe(HERE, project="OTHER")
    paused = await running.subscribe(HERE, project="PAUSED")
    await running.service.subscriptions.pause(paused.id)
    running.jira.troubles[ANN] = trouble
    for at in range(3):
        await running.deliver(delivery(at=at))
    await the_end(running)
    assert await running.told(HERE, 2) == [f"suspended PROJ OTHER: {reason}", END]
    stopped = await running.service.subscriptions.get(other.id)
    assert stopped is not None
    assert stopped.suspended == reason
    del running.jira.troubles[ANN]
    assert await running.service.owner_back(ANN) == 2


@pytest.mark.parametrize("trouble", [None, JiraSignInError()])
async def test_t27_an_owner_who_lost_the_project_is_told_of_once(
    running: Bench, trouble: Exception | None
) -> None:
    await running.subscribe(HERE)
    running.jira.outsiders.add(ANN)
    if trouble:
        running.jira.troubles[ANN] = trouble
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == ["suspended PROJ: no access"]


async def test_a_paused_subscription_tells_nothing(running: Bench) -> None:
    mine = await running.subscribe(HERE)
    await running.service.subscriptions.pause(mine.id)
    await running.deliver(delivery())
    await the_end(running)
    assert await running.told(HERE, 1) == [END]


@pytest.mark.parametrize("burst", [False, True])
async def test_what_waits_is_told_though_the_subscription_was_edited_meanwhile(bench: Bench, burst: bool) -> None:
    mine = await bench.subscribe(HERE, jql="priority = High")
    for number in range(1, 13 if burst else 2):
        bench.jira.put(issue(number))
        await bench.deliver(delivery(number=number, at=number))
    bench.teams.answers[HERE.id].append(DeliveryDelayedError("Teams answered 429", 5.0))
    await bench.service.start()
    await bench.teams.until(lambda: bench.teams.tries(HERE) == 1)
    await bench.service.subscriptions.take_over(replace(mine, jql="priority >= Medium"), BEN)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == (11 if burst else 1))
    assert bench.teams.says(HERE)[0] == CARD
    assert bench.counted("withheld_total", reason="no subscription") == 0


async def test_what_waits_is_not_told_for_a_subscription_made_since(running: Bench) -> None:
    mine = await running.subscribe(HERE, jql="priority = High")
    running.teams.answers[HERE.id].append(DeliveryDelayedError("Teams answered 429", 5.0))
    await running.deliver(delivery())
    await running.teams.until(lambda: running.teams.tries(HERE) == 1)
    await running.service.subscriptions.remove(mine.id)
    running.clock.now += 1
    await running.subscribe(HERE)
    await running.elapse(lambda: running.counted("withheld_total", reason="no subscription") == 1)
    assert running.teams.says(HERE) == []


async def test_a_deletion_turns_the_card_into_a_line(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.issues.clear()
    await running.deliver(delivery("jira:issue_deleted", at=5))
    await running.teams.until(lambda: running.teams.says(HERE) == ["PROJ-1 Issue 1: Bob deleted this Bug"])


async def test_a_deletion_is_told_although_somebody_deleted_the_card(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.issues.clear()
    running.teams.answers[HERE.id].append(DeliveryRefusedError("the message to update is not there any more"))
    await running.deliver(delivery("jira:issue_deleted", at=5))
    assert (await running.told(HERE, 2))[1] == "PROJ-1 Issue 1: Bob deleted this Bug"


async def test_a_digest_turns_the_card_of_a_deleted_issue_into_a_line(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.service.start()
    await bench.deliver(delivery())
    await bench.told(HERE, 1)
    bench.jira.issues.clear()
    for number in range(2, 14):
        bench.jira.put(issue(number))
        await bench.deliver(delivery(number=number, at=number))
    await bench.deliver(delivery("jira:issue_deleted", at=14))
    await bench.elapse(lambda: bench.counted("queued_total") == 14, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert bench.teams.says(HERE)[0] == "PROJ-1 Issue 1: Bob deleted this Bug"
    assert "PROJ-1(1)" in bench.teams.says(HERE)[-1]


async def test_t25_a_deletion_in_other_words_tells_no_more_than_the_first(running: Bench) -> None:
    running.jira.issues.clear()
    await running.subscribe(HERE)
    for at in (5.0, 5.001):
        await running.deliver(delivery("jira:issue_deleted", at=at, matchedWebhookIds=[round(at)]))
    await the_end(running)
    assert await running.told(HERE, 2) == ["PROJ-1: Bob deleted this Bug", END]
    assert running.counted("queued_total") == 2


async def test_t25_the_deletion_of_a_secured_issue_is_not_told(running: Bench) -> None:
    running.jira.issues.clear()
    await running.subscribe(HERE)
    secured = delivery("jira:issue_deleted")
    secured["issue"] |= {"fields": {"summary": "Layoffs", "security": {"id": "1"}}}  # type: ignore[operator]
    await running.deliver(secured)
    await running.deliver(delivery("jira:issue_deleted", number=2))
    assert await running.told(HERE, 1) == ["PROJ-2: Bob deleted this Bug"]


async def test_t25_nobody_knows_who_could_see_a_deleted_issue_so_only_its_key_is_told(
    bench: Bench,
) -> None:
    await bench.subscribe(HERE)
    for number in range(2, 14):
        await bench.deliver(delivery("jira:issue_deleted", number=number, at=number))
    await bench.service.start()
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[9:] == ["PROJ-11: Bob deleted this Bug", "digest PROJ-12(1) PROJ-13(1) +0"]
    assert [line.issue.summary for line in bench.plain_cards.lines] == ["", ""]


async def test_who_hears_of_a_project_hears_that_an_issue_has_left_it(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.put(replace(issue(project="OTHER"), updated=datetime.fromtimestamp(2000, UTC)))
    item = {"field": "Key", "fromString": "PROJ-1", "toString": "OTHER-1"}
    for at, changed in ((5, item), (6, {"field": "priority", "fromString": "Low", "toString": "High"})):
        change = {"items": [changed]}
        await running.deliver(delivery("jira:issue_updated", project="OTHER", at=at, changelog=change))
    await the_end(running)
    assert (await running.told(HERE, 3))[:2] == [
        "[OTHER-1 Issue 1] Bob moved it from PROJ-1 to OTHER-1",
        "↳ Bob moved it from PROJ-1 to OTHER-1",
    ]


@pytest.mark.parametrize("status", [400, 409, 413, 422])
async def test_an_issue_that_jira_will_not_show_now_says_nothing_of_a_query(running: Bench, status: int) -> None:
    await running.subscribe(HERE)
    running.jira.passing.append(JiraRejectedError(status))
    await running.deliver(delivery())
    await running.elapse(lambda: bool(running.teams.says(HERE)))
    assert running.teams.says(HERE) == [CARD]


async def test_f15_after_a_403_nothing_more_is_sent_until_the_bot_is_back(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.teams.answers[HERE.id].append(ConversationGoneError("not in the roster"))
    for at in range(4):
        await running.deliver(delivery(at=at))
    await running.told(THERE, 4)
    assert running.teams.tries(HERE) == 1
    await running.service.conversation_back(replace(HERE, service_url="https://smba.example/amer/"))
    await running.deliver(delivery(at=99))
    assert await running.told(HERE, 1) == [CARD]
    kept = await running.service.subscriptions.in_conversation(HERE)
    assert kept[0].conversation.service_url.endswith("amer/")


async def test_f14_a_throttled_conversation_waits_alone_and_keeps_its_order(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.jira.put(issue(2))
    running.teams.answers[HERE.id].append(DeliveryDelayedError("429", retry_after=30.0))
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    await running.told(THERE, 2)
    await running.elapse(lambda: running.counted("retried_total", queue=OUTBOX, reason="Teams") == 1, step=0.0)
    assert running.teams.tries(HERE) == 1
    running.clock.now += 29
    await running.deliver(delivery("comment_deleted", at=1, comment={"id": "1"}))
    await running.told(THERE, 3)
    assert running.teams.tries(HERE) == 1
    running.clock.now += 2
    says = await running.told(HERE, 3)
    assert says[1] == "[PROJ-2 Issue 2] Bob created this Bug"
    assert says[2] == "↳ Bob deleted a comment"


async def test_f14_an_outage_of_more_than_a_day_ends_among_the_dead(running: Bench) -> None:
    await running.subscribe(HERE)
    running.teams.answers[HERE.id].extend([DeliveryDelayedError("503")] * 30)
    await running.deliver(delivery())
    await running.elapse(lambda: bool(running.counted("dead_total", queue=OUTBOX, reason="Teams")), step=900.0)
    assert 9 <= running.teams.tries(HERE) <= 13
    assert running.teams.says(HERE) == []


async def test_what_an_admin_lets_run_again_is_tried_as_if_it_were_new(running: Bench) -> None:
    await running.subscribe(HERE)
    running.teams.answers[HERE.id].extend([DeliveryDelayedError("503")] * 30)
    await running.deliver(delivery())
    await running.elapse(lambda: bool(running.counted("dead_total", queue=OUTBOX, reason="Teams")), step=900.0)
    running.clock.now += 86400
    running.teams.answers[HERE.id] = deque([DeliveryDelayedError("429", 3.0)])
    [dead] = await running.store.dead(OUTBOX)
    tries, again = running.teams.tries(HERE), running.clock.now
    assert await running.store.revive(OUTBOX, dead.job.id)
    await running.elapse(lambda: running.teams.says(HERE) == [CARD])
    assert running.teams.tries(HERE) == tries + 2
    assert running.clock.now < again + 60


async def test_one_slow_conversation_delays_no_other(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.teams.stuck[HERE.id] = asyncio.Event()
    for at in range(4):
        await running.deliver(delivery(at=at))
    await running.told(THERE, 4)
    assert running.teams.says(HERE) == []
    running.teams.stuck[HERE.id].set()
    await running.told(HERE, 4)


async def test_a_message_that_teams_refuses_is_given_up_and_the_next_goes_on(running: Bench) -> None:
    await running.subscribe(HERE)
    running.jira.put(issue(2))
    running.teams.answers[HERE.id].append(DeliveryRefusedError("413"))
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    assert await running.told(HERE, 1) == ["[PROJ-2 Issue 2] Bob created this Bug"]
    dead = await running.store.dead(OUTBOX)
    assert [d.reason for d in dead] == ["refused by Teams"]


async def test_f21_a_poison_event_is_parked_and_the_queue_goes_on(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE, project="OTHER")
    running.plain_cards.poisoned = frozenset({"PROJ-1"})
    running.jira.put(issue(2))
    running.jira.put(issue(3, project="OTHER"))
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    await running.deliver(delivery(number=3, project="OTHER"))
    await running.told(THERE, 1)
    await running.elapse(lambda: bool(running.teams.says(HERE)))
    assert running.counted("retried_total", queue=OUTBOX, reason="crashed") == 5
    assert running.teams.says(HERE) == ["[PROJ-2 Issue 2] Bob created this Bug"]
    assert [d.reason for d in await running.store.dead(OUTBOX)] == ["crashed: KeyError"]


@pytest.mark.parametrize(
    "trouble", [JiraUnavailableError("503"), JiraRateLimitedError(20.0), SignInUnavailableError()]
)
async def test_f12_while_jira_does_not_answer_nothing_is_lost(running: Bench, trouble: Exception) -> None:
    await running.subscribe(HERE)
    running.jira.passing.append(trouble)
    await running.deliver(delivery())
    await running.subscribe(THERE, owner=BEN, project="OTHER")
    running.jira.put(issue(3, project="OTHER"))
    await running.deliver(delivery(number=3, project="OTHER"))
    await running.told(THERE, 1)
    assert running.teams.says(HERE) == []
    await running.elapse(lambda: bool(running.teams.says(HERE)))
    assert running.teams.says(HERE) == [CARD]


async def test_f22_a_burst_becomes_a_digest(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(40)
    bench.jira.put(issue(11, security_level=NamedItem("1", "Secret")))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 40, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    says = bench.teams.says(HERE)
    lines = " ".join(f"PROJ-{n}(1)" for n in range(12, 32))
    assert says[10].startswith(f"digest {lines} +")
    # Its lease, of as many seconds, is not to run out while it is still forgetting what it told.
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1, step=0.0)
    bench.clock.now += 60
    await bench.deliver(delivery(at=60))
    assert (await bench.told(HERE, 12))[11] == "↳ Bob created this Bug"
    assert await bench.store.count("digests") == 0


async def test_f22_forgetting_a_mass_change_leaves_the_store_to_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(80)
    delete, under_way, most = bench.store.delete, set[str](), 0

    async def watched(table: str, key: str) -> bool:
        nonlocal most
        under_way.add(key)
        most = max(most, len(under_way))
        try:
            return await delete(table, key)
        finally:
            under_way.discard(key)

    monkeypatch.setattr(bench.store, "delete", watched)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 80, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert await bench.store.count("digests") == 0
    assert most < 10


async def test_f17_a_crash_while_a_told_digest_is_forgotten_tells_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(15)
    delete, left = bench.store.delete, iter([True, True])

    async def dies(table: str, key: str) -> bool:
        if table == "digests" and not next(left, False) and len(bench.teams.says(HERE)) == 11:
            monkeypatch.undo()
            raise KeyError("the process died here")
        return await delete(table, key)

    monkeypatch.setattr(bench.store, "delete", dies)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 15, step=0.0)
    await bench.elapse(lambda: bench.counted("retried_total", queue=OUTBOX, reason="crashed") == 1)
    await bench.deliver(commented("the end", at=90))
    await bench.elapse(lambda: len(bench.teams.says(HERE)) > 11)
    await bench.settle()
    says = bench.teams.says(HERE)
    assert sum(text.startswith("digest ") for text in says) == 1
    assert await bench.store.count("digests") == 0


async def test_f22_issues_that_may_not_be_told_do_not_take_the_place_of_others_in_a_digest(
    bench: Bench,
) -> None:
    await bench.subscribe(HERE, jql="priority = High")
    await bench.deliver_created(80)
    bench.jira.found = lambda issue_id, _: int(issue_id) <= 10_010 or int(issue_id) > 10_075
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 80, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[10] == "digest PROJ-76(1) PROJ-77(1) PROJ-78(1) PROJ-79(1) PROJ-80(1) +0"
    await bench.settle()
    assert await bench.store.count("digests") == 0
    assert bench.counted("withheld_total", reason="query") == 65


async def test_f22_a_digest_goes_on_though_the_stores_clock_is_ahead_of_ours(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = clock.now // 10 * 10 + 10
    store = EmbeddedStore(tmp_path / "store", clock=lambda: clock() + 0.5)
    await store.open()
    bench = Bench(store, clock)
    await bench.subscribe(HERE, jql="priority = High")
    await bench.deliver_created(80)
    bench.jira.found = lambda issue_id, _: int(issue_id) <= 10_010 or int(issue_id) > 10_075
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 80, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 10, step=0.5)
    clock.now = (clock.now // 10 + 1) * 10 - 0.4
    await bench.elapse(lambda: bench.counted("withheld_total", reason="query") >= 60, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    await bench.service.stop(seconds=2)
    await store.close()


async def test_f22_a_digest_of_which_nothing_may_be_told_was_not_delivered(bench: Bench) -> None:
    await bench.subscribe(HERE)
    for number in range(1, 13):
        if number <= 10:
            bench.jira.put(issue(number))
        await bench.deliver(delivery(number=number + 1000 * (number > 10), at=number))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("withheld_total", reason="not visible") == 2)
    await bench.settle()
    assert len(bench.teams.says(HERE)) == 10
    assert bench.counted("delivered_total", form="digest") == 0


async def test_f22_a_burst_of_internal_comments_does_not_hide_the_issue_from_a_digest(
    bench: Bench,
) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(11)
    for comment in range(4):
        hidden: dict[str, object] = {"jsdPublic": False}
        await bench.deliver(
            commented("psst", number=11, comment=str(comment), comment_more=hidden, at=20 + comment)
        )
    await bench.service.start()
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[10] == "digest PROJ-11(1) +0"


async def test_f15_what_waited_for_a_digest_is_forgotten_with_its_conversation(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(13)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 13, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 10, step=0.1)
    await bench.service.conversation_gone(HERE)
    await bench.settle()
    await bench.service.conversation_back(HERE)
    assert await bench.store.count("digests") == 0


async def test_speaking_to_the_bot_does_not_cost_a_waiting_digest(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(13)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 13, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 10, step=0.1)
    await bench.service.conversation_back(HERE)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[10] == "digest PROJ-11(1) PROJ-12(1) PROJ-13(1) +0"


async def test_f22_a_digest_refreshes_the_cards_that_are_there(bench: Bench) -> None:
    await bench.subscribe(HERE)
    for n in range(14):
        await bench.deliver(moved(str(n), str(n + 1), at=n))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 14, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert len(bench.teams.says(HERE)) == 11
    assert bench.teams.says(HERE)[0] == "[PROJ-1 Issue 1] Bob moved 13 → 14"
    assert bench.teams.says(HERE)[10] == "digest PROJ-1(3) +1"


async def test_f22_a_card_that_teams_does_not_take_at_once_is_refreshed_by_a_digest_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, errors = bench.teams.update, [DeliveryDelayedError("429", 1.0)]

    async def throttled(to: Conversation, activity_id: str, message: Message) -> None:
        if "13 → 14" in message.text and errors:
            raise errors.pop()
        await update(to, activity_id, message)

    monkeypatch.setattr(bench.teams, "update", throttled)
    await bench.subscribe(HERE)
    for n in range(14):
        await bench.deliver(moved(str(n), str(n + 1), at=n))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 14, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert bench.teams.says(HERE)[0] == "[PROJ-1 Issue 1] Bob moved 13 → 14"
    assert [said for said in bench.teams.says(HERE) if "digest" in said] == ["digest PROJ-1(3) +1"]


async def test_f17_a_crash_after_teams_took_it_is_the_only_way_to_a_second_message(
    running: Bench,
) -> None:
    await running.subscribe(HERE)
    running.teams.after_accepting[HERE.id].append(DeliveryDelayedError("no answer", maybe_sent=True))
    await running.deliver(delivery())
    await running.elapse(lambda: len(running.teams.says(HERE)) > 1)
    assert running.teams.says(HERE) == [CARD, CARD]
    assert running.counted("uncertain_total") == 1
    await running.deliver(moved("a", "b", at=1))
    await running.told(HERE, 3)
    assert running.teams.calls[-1][3] == "activity-2"


async def test_f17_a_crash_before_the_job_was_closed_tells_nothing_twice(
    running: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.subscribe(HERE)
    done, failures = running.store.done, iter([True])

    async def lost(queue: str, leased: object, *, remember: float) -> bool:
        if queue == OUTBOX and next(failures, False):
            raise KeyError("the process died here")
        return await done(queue, leased, remember=remember)  # type: ignore[arg-type]

    monkeypatch.setattr(running.store, "done", lost)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    await running.deliver(commented("the end", at=1))
    await running.elapse(lambda: len(running.teams.says(HERE)) > 1)
    says = running.teams.says(HERE)
    assert says[1:] == ["↳ Bob commented: “the end”"]


async def test_what_was_not_done_before_a_stop_is_done_after_the_start(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.service.start()
    bench.teams.stuck[HERE.id] = asyncio.Event()
    await bench.deliver(delivery())
    await bench.teams.until(lambda: bench.teams.tries(HERE) == 1)
    await bench.service.stop(seconds=0.2)
    bench.teams.stuck[HERE.id].set()
    bench.clock.now += 61
    await bench.fresh_service().start()
    assert await bench.told(HERE, 1) == [CARD]
    assert bench.counted("uncertain_total") == 1


async def test_an_event_that_names_the_issue_by_id_alone_is_told(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE, project="OTHER")
    worklog = {"id": "5", "issueId": "10001", "timeSpent": "1h", "timeSpentSeconds": 3600}
    payload = delivery("worklog_created", worklog=worklog)
    del payload["issue"]
    await running.deliver(payload)
    assert await running.told(HERE, 1) == ["[PROJ-1 Issue 1] Bob logged 1h"]
    running.jira.put(issue(3, project="OTHER"))
    await running.deliver(delivery(number=3, project="OTHER"))
    assert await running.told(THERE, 1) == ["[OTHER-3 Issue 3] Bob created this Bug"]


async def test_a_site_with_a_new_address_is_heard_of_once_its_owner_has_linked_it_again(
    running: Bench,
) -> None:
    await running.subscribe(HERE)
    there = "renamed.atlassian.net"
    await running.service.owner_back(ANN, [replace(SITE, url=f"https://{there}")])
    renamed = json.loads(json.dumps(moved("To Do", "Done")).replace(HOST, there))
    await running.deliver(renamed)
    assert await running.told(HERE, 1) == ["[PROJ-1 Issue 1] Bob moved To Do → Done"]
    await running.service.owner_back(ANN, [SITE])
    await running.deliver(moved("Done", "To Do", at=5))
    assert (await running.told(HERE, 2))[1] == "↳ Bob moved Done → To Do"


async def test_t45_an_event_of_another_site_is_told_nowhere(running: Bench) -> None:
    await running.subscribe(HERE)
    foreign = delivery(at=1)
    foreign["issue"] |= {"self": "https://evil.example/rest/api/2/issue/10001"}  # type: ignore[operator]
    await running.deliver(foreign)
    await running.deliver(delivery())
    assert await running.told(HERE, 1) == [CARD]
    assert running.counted("matched_total") == 1


async def test_the_gauges_and_the_backlog_follow_the_queues(running: Bench) -> None:
    await running.subscribe(HERE)
    running.teams.stuck[HERE.id] = asyncio.Event()
    for at in range(3):
        await running.deliver(delivery(at=at))
    await running.teams.until(lambda: running.teams.tries(HERE) == 1)
    async with asyncio.timeout(10):
        while running.backlog.waiting != 3:
            await running.store.arrival(INBOX, seconds=0.1)
    assert running.counted("waiting", queue=OUTBOX) == 3
    running.teams.stuck[HERE.id].set()

"""From the inbox to what is visible in Teams."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.chat.identity import Scope
from bot.chat.messages import DeliveryDelayedError, DeliveryRefusedError
from bot.jira.errors import JiraRejectedError
from bot.jira.models import NamedItem, Status
from bot.jira.webhooks.model import Topic
from tests.support.notifications.bench import CARD, END, Bench, the_end
from tests.support.notifications.payloads import (
    ANN,
    BEN,
    HERE,
    HOST,
    SITE,
    THERE,
    channel,
    commented,
    delivery,
    issue,
    moved,
)


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
        "PROJ-1 moved to OTHER-1",
        "↳ PROJ-1 moved to OTHER-1",
    ]


@pytest.mark.parametrize("status", [400, 409, 413, 422])
async def test_an_issue_that_jira_will_not_show_now_says_nothing_of_a_query(running: Bench, status: int) -> None:
    await running.subscribe(HERE)
    running.jira.passing.append(JiraRejectedError(status))
    await running.deliver(delivery())
    await running.elapse(lambda: bool(running.teams.says(HERE)))
    assert running.teams.says(HERE) == [CARD]


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

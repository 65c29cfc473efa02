"""Issues and comments that not everybody may see (T25-T27)."""

from __future__ import annotations

import pytest

from bot.accounts.model import GrantRevokedError, NotConnectedError
from bot.jira.errors import JiraSignInError
from bot.jira.models import Comment, NamedItem
from tests.support.notifications.bench import CARD, END, Bench, the_end
from tests.support.notifications.payloads import (
    ANN,
    BEN,
    HERE,
    THERE,
    commented,
    delivery,
    issue,
    moved,
)


async def test_t26_a_restricted_comment_holds_back_no_transition(running: Bench) -> None:
    await running.subscribe(HERE)
    hidden = commented("psst", comment_more={"jsdPublic": False})["comment"]
    await running.deliver(moved("To Do", "Done", comment=hidden))
    await the_end(running)
    assert await running.told(HERE, 2) == ["[PROJ-1 Issue 1] Bob moved To Do → Done", END]
    assert not any("psst" in call[2] for call in running.teams.calls)


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


async def test_t25_a_level_added_later_leaves_nothing_but_the_key_on_the_card(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.put(issue(updated=2000, summary="Layoffs", security_level=NamedItem("1", "Secret")))
    await running.deliver(moved("a", "b", at=5))
    running.jira.put(issue(2))
    await running.deliver(delivery(number=2))
    assert await running.told(HERE, 2) == [
        "[PROJ-1 restricted]",
        "[PROJ-2 Issue 2] Bob created this Bug",
    ]
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
    await running.told(HERE, 1)
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

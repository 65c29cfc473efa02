"""T26: a comment is judged as it is when it is told, however many came after it."""

from __future__ import annotations

import pytest

from sandbox import activity
from sandbox.teams import ALICE, BOB, CHANNEL
from tests.support.conversations import shown_to_all, typed
from tests.support.jira_site import account, comment, issue
from tests.support.world import World


@pytest.mark.parametrize("how", ["restricted", "internal", "deleted"])
@pytest.mark.parametrize("newer", [0, 5, 12])
async def test_t26_a_comment_that_was_withdrawn_after_its_event_is_not_quoted(
    world: World, how: str, newer: int
) -> None:
    await world.link(ALICE)
    await typed(world, ALICE, CHANNEL, "subscribe DEMO commented")
    hooks = world.sandbox.webhooks[world.sandbox.site.cloud_id]
    # The event is on its way with the comment as it was; all else happens before anybody reads the issue.
    secret = comment(world, "DEMO-2", "The password is hunter2", by=BOB)
    hooks.paused = True
    for number in range(newer):
        comment(world, "DEMO-2", f"Nothing to see {number}", by=BOB)
    if how == "restricted":
        secret.visibility = {"type": "role", "value": "Administrators", "identifier": "Administrators"}
    elif how == "internal":
        secret.internal = True
    else:
        activity.delete_comment(world.sandbox.site, account(BOB).account_id, issue(world, "DEMO-2"), secret)
    hooks.paused = False
    await world.sandbox.webhooks_settled()
    async with world.teams.expecting(CHANNEL, lambda p: "The end" in str(p.activity)):
        comment(world, "DEMO-3", "The end", by=BOB)
    assert "hunter2" not in shown_to_all(world, CHANNEL)


async def test_t26_a_comment_that_others_followed_is_quoted_as_long_as_everybody_may_read_it(world: World) -> None:
    await world.link(ALICE)
    await typed(world, ALICE, CHANNEL, "subscribe DEMO commented")
    hooks = world.sandbox.webhooks[world.sandbox.site.cloud_id]
    async with world.teams.expecting(CHANNEL, lambda p: "It is the cache" in str(p.activity)):
        comment(world, "DEMO-2", "It is the cache", by=BOB)
        hooks.paused = True
        for number in range(12):
            comment(world, "DEMO-2", f"Nothing to see {number}", by=BOB)

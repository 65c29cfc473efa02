"""T43: events of a subscriber whose share of Jira's quota is used up wait, and nobody else's do."""

from __future__ import annotations

from bot.jira.errors import PersonQuotaError
from tests.support.notifications.bench import CARD, Bench
from tests.support.notifications.payloads import ANN, BEN, HERE, delivery, issue

BENS = "[OTHER-23 Issue 23] Bob created this Bug"


async def two_subscribers(bench: Bench) -> None:
    """Subscribe Ann, whose share is used up, and Ben to different projects in one conversation."""
    await bench.subscribe(HERE, owner=ANN)
    await bench.subscribe(HERE, owner=BEN, project="OTHER")
    bench.jira.put(issue(23, project="OTHER"))
    bench.jira.troubles[ANN] = PersonQuotaError(ANN.key, 600.0)


async def test_t43_events_of_others_in_the_conversation_pass(running: Bench) -> None:
    await two_subscribers(running)
    began = running.clock()
    await running.deliver(delivery())
    await running.deliver(delivery(number=23, project="OTHER"))
    assert await running.told(HERE, 1) == [BENS]
    await running.elapse(lambda: running.clock() > began + 300, step=20.0)
    assert running.teams.says(HERE) == [BENS]
    reads = len(running.jira.reads)
    await running.elapse(lambda: len(running.jira.reads) > reads, step=20.0)
    assert running.clock() >= began + 600  # Jira is asked again when the share is full again, not before
    running.jira.troubles.clear()
    await running.elapse(lambda: len(running.teams.says(HERE)) > 1, step=20.0)
    assert running.teams.says(HERE) == [BENS, CARD]


async def test_t43_events_of_others_in_a_digest_pass(bench: Bench) -> None:
    await two_subscribers(bench)
    await bench.deliver_created(11)
    await bench.deliver(delivery(number=23, project="OTHER", at=50))
    await bench.service.start()
    await bench.elapse(lambda: any("OTHER-23" in text for text in bench.teams.says(HERE)))
    assert not any("PROJ-" in text for text in bench.teams.says(HERE))
    bench.jira.troubles.clear()
    await bench.elapse(lambda: all(is_told(bench, f"PROJ-{number}") for number in range(1, 12)), step=20.0)


def is_told(bench: Bench, key: str) -> bool:
    """Whether an issue has a card, or a line in a digest."""
    said = " ".join(bench.teams.says(HERE))
    return f"[{key} " in said or f"{key}(" in said

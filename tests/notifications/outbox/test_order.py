"""Any order and repetition of an issue's events ends in the same visible state (F20, I2, I5)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.jira.models import Status
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import HERE, commented, delivery, issue, moved

pytestmark = pytest.mark.slow

EVENTS = [
    delivery(at=1),
    moved("To Do", "In Progress", at=2),
    commented("one", comment="1", at=3),
    commented("two", comment="2", at=4),
    moved("In Progress", "Done", at=5),
]
ORDERS = st.permutations(range(len(EVENTS))).flatmap(
    lambda order: st.lists(st.sampled_from(order), max_size=4).map(lambda again: [*order, *again])
)


async def visible_after(order: list[int], folder: Path) -> list[str]:
    clock = Clock()
    store = EmbeddedStore(folder, clock=clock)
    await store.open()
    bench = Bench(store, clock)
    bench.jira.put(issue(updated=5000, status=Status("3", "Done")))
    await bench.subscribe(HERE)
    for place, number in enumerate(order):
        await bench.deliver(EVENTS[number], name=f"delivery {place}")
    bench.jira.put(issue(2))
    await bench.deliver(delivery(number=2, at=6))
    await bench.service.start()
    await bench.elapse(lambda: any("PROJ-2" in says for says in bench.teams.says(HERE)), step=0.5)
    await bench.service.stop(seconds=2)
    await store.close()
    return bench.teams.says(HERE)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ORDERS)
def test_f20_the_card_is_the_newest_state_and_each_event_is_told_once(order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        says = asyncio.run(visible_after(order, Path(folder) / "store"))
    assert says[0] == "[PROJ-1 Issue 1 Done] Bob moved In Progress → Done"
    lines = [
        "↳ Bob created this Bug",
        "↳ Bob moved To Do → In Progress",
        "↳ Bob commented: “one”",
        "↳ Bob commented: “two”",
        "↳ Bob moved In Progress → Done",
    ]
    assert says[1:-1] == [lines[number] for number in order[1 : len(EVENTS)]]

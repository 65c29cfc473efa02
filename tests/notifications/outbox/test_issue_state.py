"""F20, I1, I2, I5: whatever way an issue's events take, they end in one card and are told once each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.support.notifications.issue_life import FORMS, Around, Life, around

pytestmark = pytest.mark.slow

T = TypeVar("T")
CASES = int(os.environ.get("RELIABILITY_CASES", "20"))
SHARDS = 2
"""Two processes may share the work: `-n 2`."""

MOST_MATTERS = 9
"""More at once would be told as a digest."""

WHAT = ("rename", "assign", "move", "comment", "comment")
WHICH = st.integers(0, 9)


class Outside:
    """A loop of the test's own, in which Jira goes on existing from case to case."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._made = around()
        self.around: Around = self.run(self._made.__aenter__())

    def run(self, work: Coroutine[object, object, T]) -> T:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self._made.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    made = Outside()
    yield made
    made.close()


def machine(outside: Outside) -> type[RuleBasedStateMachine]:
    run = outside.run

    class IssueLife(RuleBasedStateMachine):
        """Things happen in Jira; deliveries come in any order, again or never; the bridge works now and then."""

        def __init__(self) -> None:
            super().__init__()
            self.life = Life(outside.around)

        @initialize()
        def created(self) -> None:
            run(self.life.begin())

        def more(self) -> bool:
            return self.life.alive and len(self.life.matters) < MOST_MATTERS

        def commented(self) -> bool:
            return self.more() and bool(self.life.issue.comments)

        @precondition(more)
        @rule(things=st.lists(st.tuples(st.sampled_from(WHAT), WHICH), min_size=1, max_size=4))
        def happen(self, things: list[tuple[str, int]]) -> None:
            async def all_happen() -> None:
                for what, which in things:
                    if len(self.life.matters) < MOST_MATTERS:
                        self.life.happens(what, which)

            run(all_happen())

        @precondition(commented)
        @rule(which=WHICH, gone=st.booleans())
        def comment_changes(self, which: int, gone: bool) -> None:
            async def change() -> None:
                (self.life.delete_comment if gone else self.life.edit_comment)(which)

            run(change())

        @precondition(lambda self: self.more() and len(self.life.matters) > 4)
        @rule()
        def deleted(self) -> None:
            async def delete() -> None:
                self.life.delete()

            run(delete())

        @rule(numbers=st.lists(WHICH, min_size=1, max_size=4), form=st.sampled_from(FORMS))
        def delivered(self, numbers: list[int], form: str) -> None:
            for number in numbers:
                run(self.life.deliver(self.life.matters[number % len(self.life.matters)], form))

        @rule(minutes=st.integers(0, 60))
        def searched(self, minutes: int) -> None:
            self.life.clock.now += 60 * minutes
            run(self.life.search())

        @rule(busy=st.booleans())
        def worked(self, busy: bool) -> None:
            run(self.life.work(busy=busy))

        def teardown(self) -> None:
            run(self.life.search())
            run(self.life.work())
            for matter in self.life.matters:
                # What left no trace is delivered by Jira's last try.
                run(self.life.deliver(matter, "fresh identifier"))
            run(self.life.work())
            run(self.life.finish())

    return IssueLife


@pytest.mark.timeout(60 + CASES)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_f20_in_any_order_one_card_and_each_event_told_once(
    outside: Outside, shard: int, record_property: Callable[[str, object], None]
) -> None:
    run_state_machine_as_test(
        seed(shard)(machine(outside)),
        settings=settings(
            max_examples=max(1, CASES // SHARDS),
            stateful_step_count=14,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("cases", outside.around.lives)
    record_property("events", outside.around.events)
    print(f"{outside.around.lives} lives, {outside.around.events} events")

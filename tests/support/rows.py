"""Rows of a table that are played in one world, each as if it were the only one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy

import pytest

from tests.support.world import World

Row = Callable[[object], AbstractContextManager[None]]
"""Plays a row within: `with row("its name"):`."""


def rows_of(world: World, subtests: pytest.Subtests) -> Row:
    """Make each row a subtest, after which Jira's issues are as before, no fault is set and no call counted.

    What the bridge remembers (accounts, subscriptions, the last issue shown) stays: a row whose answer depends on
    it needs a world of its own. An issue of the sandbox that was looked up before is no longer in use afterwards.
    """
    sandbox, site = world.sandbox, world.sandbox.site

    @contextmanager
    def row(name: object) -> Iterator[None]:
        before = deepcopy((site.issues, site.links))
        sandbox.requests.clear()
        with subtests.test(str(name)):
            yield
        site.issues, site.links = before
        sandbox.faults.clear()
        world.teams.faults.clear()

    return row

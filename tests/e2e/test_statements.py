"""What asks for nothing changes nothing in Jira, whatever is understood of it."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, personal
from tests.support.commands.form_player import writes
from tests.support.commands.statements import STATEMENTS
from tests.support.world import World

OWN = personal(ALICE)


@pytest.mark.slow
async def test_no_statement_changes_an_issue(world: World, subtests: pytest.Subtests) -> None:
    await world.link()
    for statement in STATEMENTS:
        text = statement.replace("WEB-7", "DEMO-2").replace("WEB-8", "DEMO-3").replace("PROJ-3", "DEMO-2")
        issues = str(world.sandbox.site.issues)
        with subtests.test(text):
            async with world.teams.expecting(OWN):
                await world.teams.say(ALICE, OWN, text)
            assert str(world.sandbox.site.issues) == issues
    assert not writes(world)

"""Each request that the grammar makes of Jira, held by Prism against the document that Atlassian publishes.

`JIRA_OPENAPI` names another document than the one in tests/data, such as Atlassian's whole one.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from tests.support.commands.grammar_player import play
from tests.support.commands.grammar_table import CHAPTERS
from tests.support.contract.coverage import coverage, page
from tests.support.contract.proxy import PACKAGE, proxying
from tests.support.contract.repairs import repaired
from tests.support.npm import missing
from tests.support.paths import BUILD, JIRA_OPENAPI, ROOT
from tests.support.world import running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DOCUMENT = repaired(json.loads(Path(os.environ.get("JIRA_OPENAPI") or JIRA_OPENAPI).read_text()))
PAGE = ROOT / "docs" / "reference" / "jira-api.md"
REPORT = BUILD / "openapi-coverage.md"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Write the document into a file."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


async def test_every_request_satisfies_the_published_document(
    given: Path, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    if reason := await asyncio.to_thread(missing, PACKAGE):
        pytest.skip(reason)
    async with proxying(given) as proxy:
        for number, chapter in enumerate(CHAPTERS.values()):
            settings = {
                "ATLASSIAN_API_URL": proxy.url,
                "RECONCILE_SECONDS": "0",
            }  # what is typed, and nothing else
            async with running(tmp_path / str(number), contract=JIRA_OPENAPI, **settings) as world:
                proxy.upstream = world.sandbox.api_url
                await play(world, chapter, subtests)
                assert world.sandbox.violations == []
    found = coverage(DOCUMENT, proxy.checked)
    REPORT.write_text(page(found, "Operations of Jira's REST API that the grammar uses"))
    assert found.violations == ()
    assert found.unknown == ()
    assert set(found.used) == set(re.findall(r"^\| `([A-Z]+ /\S+)` \|", PAGE.read_text(), re.MULTILINE))

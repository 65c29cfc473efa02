"""What may be carried out twice, because it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from bot.commands import registry
from bot.commands.dispatcher import Dispatcher
from bot.commands.idempotency import PressClaims
from bot.commands.services import Services
from bot.commands.typed_text import MAX_TEXT
from bot.storage.embedded import EmbeddedStore


@pytest.fixture
def dispatcher(tmp_path: Path) -> Dispatcher:
    services = cast(Services, None)  # nothing is carried out here
    return Dispatcher(services, registry.parser(), PressClaims(EmbeddedStore(tmp_path)))


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("show DEMO-1", True),
        ("DEMO-1", True),
        ("please open DEMO-1", True),
        ("DEMO-1 DEMO-2", True),
        ("search login", True),
        ("mine", True),
        ("", True),
        ("gibberish", True),
        ("x" * (MAX_TEXT + 1), True),
        ("comment DEMO-1 hello", False),
        ("DEMO-1 done", False),
        ("DEMO-1 blocks DEMO-2", False),
        ("subscribe DEMO", False),
        ("disconnect", False),
        ("connect", False),
    ],
)
def test_texts(dispatcher: Dispatcher, text: str, reads: bool) -> None:
    assert dispatcher.read(text).only_reads is reads


@pytest.mark.parametrize(
    ("verb", "reads"), [("issue.show", True), ("issue.edit", True), ("issue.move", False), ("unknown", False)]
)
def test_buttons(dispatcher: Dispatcher, verb: str, reads: bool) -> None:
    assert dispatcher.read("", verb).only_reads is reads

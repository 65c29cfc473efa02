"""`outbox`: messages and deliveries that were given up."""

from __future__ import annotations

import argparse

from bot.admin import dead_letters
from bot.admin.output import Column
from bot.admin.toolbox import Toolbox

NO_DEAD_LETTER = "There is no dead message of that id; `outbox list` shows them."
COLUMNS = (
    Column("short_id", "Id", whole=True),
    Column("form", "What"),
    Column("issue", "Issue"),
    Column("reason", "Reason"),
    Column("attempts", "Attempts"),
    Column("died_at", "Given up"),
)


async def list_outbox(tools: Toolbox, _options: argparse.Namespace) -> int:
    """List the messages and deliveries that were given up."""
    tools.output.print_rows(COLUMNS, [row async for row in dead_letters.list_dead(tools.store)])
    return 0


async def retry_outbox(tools: Toolbox, options: argparse.Namespace) -> int:
    """Queue a dead message again."""
    retried = await dead_letters.retry_dead(tools.store, options.name)
    tools.output.print_result("It is sent again." if retried else NO_DEAD_LETTER, retried=retried)
    return 0 if retried else 1


async def drop_outbox(tools: Toolbox, options: argparse.Namespace) -> int:
    """Delete a dead message."""
    dropped = await dead_letters.drop_dead(tools.store, options.name)
    tools.output.print_result("Dropped." if dropped else NO_DEAD_LETTER, dropped=dropped)
    return 0 if dropped else 1

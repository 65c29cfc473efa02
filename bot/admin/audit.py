"""`audit`: what happened to whose account, and by whom."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.accounts.audit import AuditEntry
from bot.admin.output import Column, from_unix
from bot.admin.toolbox import Toolbox
from bot.chat.identity import Person

COLUMNS = (
    Column("at", "When (UTC)", time_format="%Y-%m-%d %H:%M:%S"),
    Column("action", "What"),
    Column("person", "Person", whole=True),
    Column("by", "By"),
    Column("details", "Details"),
)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as admins see it."""

    at: datetime | None
    action: str
    person: str
    by: str
    details: Mapping[str, str]


async def show_audit(tools: Toolbox, options: argparse.Namespace) -> int:
    """Print the audit log, the oldest entry first; of one person, from some time on, if asked."""
    if options.person:
        of_person = await tools.audit.of_person(Person.from_key(options.person))
        entries = [entry for entry in of_person if entry.at >= options.since]
    else:
        entries = [entry async for entry in tools.audit.since(options.since)]
    tools.output.print_rows(COLUMNS, map(_row, entries))
    return 0


def _row(entry: AuditEntry) -> AuditRow:
    by = "" if entry.by == entry.person else entry.by
    return AuditRow(from_unix(entry.at), entry.action, entry.person, by, entry.details)

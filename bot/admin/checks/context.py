"""What every check is given."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.admin.checks.finding import Finding
from bot.admin.checks.web import Web
from bot.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The settings to check, and the way to ask services. `tls` is the context of all outgoing calls."""

    settings: Settings
    web: Web
    tls: ssl.SSLContext


Check = Callable[[Context], Awaitable[Sequence[Finding]]]

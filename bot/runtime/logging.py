"""Structured logs on standard error: events and reasons, never secrets."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Literal

import structlog

ACCEPT_ERROR = "socket.accept() out of system resource"
"""What asyncio logs when it cannot accept a connection."""
ACCEPT_ERROR_INTERVAL = 60.0


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_least = logging.INFO


def change_level(level: str) -> None:
    """Leave out what is below `level`, also of loggers that are in use."""
    global _least  # noqa: PLW0603 - as the standard library's root logger, there is one for the process
    _least = logging.getLevelNamesMapping()[level]
    # Below WARNING libraries log requests with their queries, which hold codes and states.
    logging.getLogger().setLevel(max(_least, logging.WARNING))


def _drop_below_level(
    _logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if _LEVELS.get(method, logging.CRITICAL) < _least:
        raise structlog.DropEvent
    return event


def configure(level: str, form: Literal["json", "console"]) -> None:
    """Set up structlog and route the standard library's loggers (libraries) through it."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor]
    if form == "json":
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # The default of the console renderer prints local variables, tokens among them.
        renderer = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    structlog.configure(
        # A processor, for a wrapper class could not be changed: loggers are cached with theirs.
        processors=[_drop_below_level, *shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.getLogger("asyncio").addFilter(AcceptErrorLimit())
    logging.captureWarnings(capture=True)
    logging.getLogger().handlers[:] = [handler]
    change_level(level)


class AcceptErrorLimit(logging.Filter):
    """Lets asyncio say once a minute that no file is left for a connection: it says so 1,000 times a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._next_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        if not str(record.msg).startswith(ACCEPT_ERROR):
            return True
        now = self._clock()
        if now < self._next_at:
            return False
        self._next_at = now + ACCEPT_ERROR_INTERVAL
        return True

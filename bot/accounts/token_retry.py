"""Tries a token call again while a person waits: a passing fault of Atlassian's sign-in is not theirs.

Single 500s, 429s and web pages are reported by users of every bridge (https://community.developer.atlassian.com).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from bot.accounts.token_answers import TokenAnswer, TokenOutcomeUnknown, TokenUnavailable

RETRY_DELAYS = (0.5, 1.0, 2.0)
"""Seconds before each repetition: all of them fit into the time for which a person's request waits."""
MAX_RETRY_AFTER = 3.0
"""The longest time named by Atlassian that is waited for."""


async def ask_patiently(
    ask: Callable[[], Awaitable[TokenAnswer]],
    delays: Sequence[float],
    *,
    on_lost: Callable[[], None] | None = None,
) -> TokenAnswer:
    """Ask again after each of `delays` while the answer is a passing fault.

    A lost answer counts as one only with `on_lost`, which is called for each: the call must be repeatable then.
    """
    answer = await ask()
    for delay in delays:
        if isinstance(answer, TokenOutcomeUnknown) and on_lost is not None:
            on_lost()
        elif (
            not isinstance(answer, TokenUnavailable) or not answer.passing or answer.retry_after > MAX_RETRY_AFTER
        ):
            return answer
        wait = max(delay, answer.retry_after if isinstance(answer, TokenUnavailable) else 0.0)
        await asyncio.sleep(wait * random.uniform(0.8, 1.0))  # noqa: S311 - jitter, not a secret
        answer = await ask()
    if isinstance(answer, TokenOutcomeUnknown) and on_lost is not None:
        on_lost()
    return answer

"""A process that asks for one access token and kills itself at the n-th step of the way (0: never).

Usage: refresh_victim.py STORE KEY ATLASSIAN_URL PERSON NOW STEP. Prints the name of each step that it came past.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp

from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import TOKEN_TIMEOUT, TokenAnswer
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Person
from bot.storage.base import Json, Row
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring


class Steps:
    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def past(self, name: str) -> None:
        self.count += 1
        print(name, flush=True)
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(EmbeddedStore):
    """Dies before or after what the vault does with it."""

    steps: Steps

    async def get(self, table: str, key: str) -> Row | None:
        row = await super().get(table, key)
        self.steps.past(f"read {table}")
        return row

    async def replace(self, table: str, key: str, value: Json, **how: object) -> Row | None:
        self.steps.past(f"before writing {table}")
        row = await super().replace(table, key, value, **how)  # type: ignore[arg-type]
        self.steps.past(f"after writing {table}")
        return row

    def lock(self, name: str, *, seconds: float = 10.0) -> AbstractAsyncContextManager[None]:
        return self._counted(super().lock(name, seconds=seconds))

    @asynccontextmanager
    async def _counted(self, lock: AbstractAsyncContextManager[None]) -> AsyncIterator[None]:
        self.steps.past("before locking")
        async with lock:
            self.steps.past("after locking")
            yield
            self.steps.past("before unlocking")


class MortalEndpoint(TokenEndpoint):
    """Dies before the call or with the answer in hand."""

    steps: Steps

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        self.steps.past("before sending")
        answer = await super().refresh(refresh_token, seconds=seconds)
        self.steps.past("after the answer")
        return answer


async def main(path: str, key: str, url: str, person: str, now: str, step: str) -> None:
    steps = Steps(int(step))
    store = MortalStore(Path(path))
    store.steps = steps
    await store.open()
    async with aiohttp.ClientSession() as session:
        endpoint = MortalEndpoint(
            session,
            auth_url=url,
            api_url=url,
            client_id="client",
            client_secret="client-secret-canary",
            redirect_uri="http://127.0.0.1/auth/jira/callback",
            scopes=(),
        )
        endpoint.steps = steps
        vault = GrantVault(store, Keyring([key]), endpoint, clock=lambda: float(now))
        await vault.access_token(Person.from_key(person))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

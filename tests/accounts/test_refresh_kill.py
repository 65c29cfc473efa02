"""F04: a real process dies by SIGKILL at every step of a refresh, and nobody has to consent again.

`KILL_ROUNDS` sweeps over all steps are made (1 by default).
"""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from bot.accounts.grant_maintenance import GrantMaintenance
from bot.chat.identity import Person
from tests.support.accounts import VaultBench
from tests.support.clock import Clock
from tests.support.fork_server import Program
from tests.support.forked_process import forked

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))
EXPECTED = {
    "before locking",
    "after locking",
    "before writing grants",
    "after writing grants",
    "before sending",
    "after the answer",
    "before unlocking",
}


async def run_victim(bench: VaultBench, key: str, person: Person, step: int) -> tuple[int, list[str]]:
    """Run the process; the store is closed here meanwhile: it is for one process."""
    await bench.store.close()
    arguments = (str(bench.folder), key, bench.atlassian.url, person.key, str(bench.clock()), str(step))
    async with forked(Program("tests.support.killed_refresh", arguments, dict(os.environ))) as victim:
        out, _ = await victim.communicate()
    await bench.reopen()
    assert victim.returncode is not None
    return victim.returncode, [line for line in out.decode().splitlines() if "  " not in line]


@pytest.mark.timeout(60 + 60 * ROUNDS)
@pytest.mark.parametrize("minutes", [0, 9] if ROUNDS > 1 else [9])
async def test_f04_kill_9_at_each_step_costs_no_consent(
    bench: VaultBench, key: str, clock: Clock, minutes: int
) -> None:
    person = await bench.link()
    passed: set[str] = set()
    for _ in range(ROUNDS):
        step, died = 0, True
        while died:
            step += 1
            bench.expire()
            code, steps = await run_victim(bench, key, person, step)
            died = code == -signal.SIGKILL
            assert died or code == 0
            passed.add(steps[-1])
            clock.advance(60 * minutes)
            vault = bench.vault
            await GrantMaintenance(vault, clock=clock).retry_open_intents()
            assert bench.accepts(await vault.access_token(person)), steps
            assert (await bench.grant(person)).intent_at == 0, steps
    assert passed >= EXPECTED
    assert set(bench.atlassian.refreshes) <= {"ok", "leeway"}
    assert bench.revoked == []


async def test_f04_after_eleven_minutes_a_lost_rotation_is_one_polite_prompt(
    bench: VaultBench, key: str, clock: Clock
) -> None:
    person = await bench.link()
    bench.expire()
    _, steps = await run_victim(bench, key, person, 0)
    bench.expire()
    step = steps.index("after the answer") + 1
    code, _ = await run_victim(bench, key, person, step)
    assert code == -signal.SIGKILL
    clock.advance(11 * 60)
    vault = bench.vault
    await GrantMaintenance(vault, clock=clock).retry_open_intents()
    results = await asyncio.gather(*(vault.access_token(person) for _ in range(10)), return_exceptions=True)
    await vault.close()
    assert {type(r).__name__ for r in results} == {"GrantRevokedError"}
    assert bench.revoked == [person]

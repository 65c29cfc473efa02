"""`/metrics` at an address of its own (T44)."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.support.app_process import http_status, process, ready, said_by, surroundings
from tests.support.world import free_port


@pytest.mark.slow
async def test_t44_metrics_are_served_at_their_own_address_alone(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        port = free_port()
        environment["METRICS_ADDRESS"] = f"127.0.0.1:{port}"
        async with process(environment) as running:
            await ready(world.url)
            assert await http_status(f"{world.url}/metrics") == 404
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{port}/metrics") as response,
            ):
                text = await response.text()
                assert response.status == 200
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "process_cpu_seconds_total" in text
            assert "jira_webhook" in text
            for path in ("/healthz", "/api/messages", "/connect"):
                assert await http_status(f"http://127.0.0.1:{port}{path}") == 404
            running.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(running.wait(), 20) == 0


@pytest.mark.slow
async def test_f32_an_address_of_the_metrics_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        port = free_port()
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", port)
        async with server:
            status, said = await said_by({**environment, "METRICS_ADDRESS": f"127.0.0.1:{port}"})
        assert status == 78
        assert "METRICS_ADDRESS: cannot listen there" in said
        assert "Traceback" not in said

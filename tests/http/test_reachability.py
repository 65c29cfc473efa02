"""Whether an answer comes from this installation."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.http.reachability import NONCE_HEADER, PROOF_HEADER, Reachability, new_nonce

OLD, NEW = b"o" * 32, b"n" * 32


async def proof_of(reachability: Reachability, nonce: str, path: str = "/") -> str:
    app = web.Application()
    reachability.add_to(app)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url(path), headers={NONCE_HEADER: nonce}) as response,
    ):
        return response.headers.get(PROOF_HEADER, "")


async def test_a_process_of_the_installation_is_known_again_on_any_path() -> None:
    running, asking, nonce = Reachability([NEW]), Reachability([NEW]), new_nonce()
    proof = await proof_of(running, nonce, "/nowhere")
    assert asking.read_proof(nonce, proof) == running.instance != asking.instance


async def test_during_a_rotation_both_keys_are_accepted() -> None:
    running, nonce = Reachability([OLD, NEW]), new_nonce()
    proof = await proof_of(running, nonce)
    for keys in ([NEW, OLD], [OLD]):  # the first one signs
        assert Reachability(keys).read_proof(nonce, proof) == running.instance


async def test_another_bridge_is_noticed() -> None:
    nonce = new_nonce()
    assert Reachability([NEW]).read_proof(nonce, await proof_of(Reachability([OLD]), nonce)) == ""


async def test_the_proof_of_another_nonce_proves_nothing() -> None:
    running = Reachability([NEW])
    assert running.read_proof(new_nonce(), await proof_of(running, new_nonce())) == ""


@pytest.mark.parametrize("nonce", ["", "x" * 32, "A" * 32, "0" * 31, "0" * 33])
async def test_only_a_nonce_is_signed(nonce: str) -> None:
    assert await proof_of(Reachability([NEW]), nonce) == ""

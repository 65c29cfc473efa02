"""Teams may move a conversation to another service URL: it is answered where it spoke last."""

from __future__ import annotations

from sandbox.teams import ALICE, personal
from sandbox.teams_server import Teams
from tests.support.teams import APP_ID, EdgeMaker

CHAT = personal(ALICE)


async def test_first_answer_after_a_move_goes_to_the_new_address(make_edge: EdgeMaker) -> None:
    edge = await make_edge()
    await edge.teams.say(ALICE, CHAT, "before")
    async with Teams(APP_ID) as elsewhere:
        moved = {**edge.teams.activity(ALICE, CHAT, "message", text="after"), "serviceUrl": elsewhere.service_url}
        answer = await edge.teams.post(moved)
        assert answer.status == 201
        assert len(elsewhere.messages(CHAT)) == 1
    assert len(edge.teams.messages(CHAT)) == 1

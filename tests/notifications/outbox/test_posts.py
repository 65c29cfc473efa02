"""What is remembered of the bot's messages."""

from __future__ import annotations

from bot.notifications.outbox.posts import TABLE, Post, Posts
from tests.support.notifications.bench import Bench

NOW = 1_800_000_000.0
RECORD = {
    **{"activity": "a", "sending": "", "told": "job-1", "headline": "Bob created this Bug"},
    **{"time": 1000, "shown": 2000, "posted": NOW},
}
POST = Post(
    "a", sent_job="job-1", headline="Bob created this Bug", event_time=1000, issue_changed=2000, posted=NOW
)


async def test_a_post_is_stored_as_earlier_releases_read_and_write_it(bench: Bench) -> None:
    await bench.store.put(TABLE, "old", RECORD)
    assert await Posts(bench.store).get("old") == POST
    await Posts(bench.store).put("new", POST, now=bench.clock())
    row = await bench.store.get(TABLE, "new")
    assert row is not None
    assert row.value == RECORD

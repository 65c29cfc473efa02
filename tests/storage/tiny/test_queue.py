"""What the embedded engine's queues keep in lines, when things happen at the same time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.storage.base import Job
from bot.storage.tiny.queue import Queue
from bot.storage.tiny.schedule import Entry


def test_f15_a_name_that_comes_again_while_its_group_is_dropped_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue(tmp_path / "work", "queues/work", time.time, durable=False)
    queue.load()
    for number in range(4):
        queue.enqueue(Job(f"g{number}", {}, "g"))
    queue.enqueue(Job("h", {}, "h"))
    forget = queue._forget

    def forget_and_put_again(entry: Entry) -> None:
        forget(entry)
        if entry.id == "g2":
            assert queue.enqueue(Job("g2", {"again": True}, "g"))

    monkeypatch.setattr(queue, "_forget", forget_and_put_again)
    assert queue.drop_group("g") == 4
    monkeypatch.undo()
    taken = queue.lease(10, 60)
    assert [(one.job.id, one.job.payload) for one in taken] == [("h", {}), ("g2", {"again": True})]
    assert queue.done_all(taken, 0.0) == [True, True]
    assert queue.empty()

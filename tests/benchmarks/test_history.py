"""The history of the benchmarks, and what counts as slower."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import history
from benchmarks.history import Comparison, Entry
from scripts import benchmarks_doc


def entry(date: str, **ratios: float) -> Entry:
    tables = dict.fromkeys(
        ("turns", "webhooks", "presses", "store", "refresh", "fanout", "cards", "parse", "scale"), f"| {date} |"
    )
    return Entry(date, "abc123", "2 × Some CPU", "3.11.7", 1.5, ratios, tables)


@pytest.mark.parametrize(
    ("before", "now", "slower"),
    [
        ({"turns at 1": 0.6}, {"turns at 1": 0.6}, []),
        ({"turns at 1": 0.6}, {"turns at 1": 0.9}, []),
        ({"turns at 1": 0.6}, {"turns at 1": 0.511}, []),
        ({"turns at 1": 0.6}, {"turns at 1": 0.509}, ["turns at 1"]),
        ({"turns at 1": 0.6, "turns at 32": 0.6}, {"turns at 1": 0.5, "turns at 32": 0.6}, ["turns at 1"]),
        ({"turns at 1": 0.6}, {}, ["turns at 1"]),
        ({}, {"turns at 1": 0.6}, []),
    ],
)
def test_below_85_per_cent_of_the_last_run_is_slower(
    before: dict[str, float], now: dict[str, float], slower: list[str]
) -> None:
    assert [each.name for each in history.compare(before, now) if each.is_slower] == slower


def test_a_comparison_says_what_it_compares() -> None:
    assert history.compare({"a": 1.0}, {"a": 0.9, "b": 2.0}) == [Comparison("a", 1.0, 0.9)]


def test_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert history.read(path) == []
    runs = [entry("2026-01-01", a=0.5), entry("2026-01-02", a=0.6)]
    for run in runs:
        history.append(run, path)
    assert history.read(path) == runs


def test_a_table_that_was_measured_apart_stands_for_the_older_one_and_says_when_it_was() -> None:
    apart = Entry("2026-01-03", "def456", "4 × Other CPU", "3.12.1", 0.5, {}, {"scale": "| apart |"})
    page = benchmarks_doc.document([entry("2026-01-01", old=0.5), entry("2026-01-02", new=0.25), apart])
    assert "Those below are of the run of 2026-01-02, commit abc123" in page
    assert (
        "Measured on 2026-01-03, commit def456, 4 × Other CPU, Python 3.12.1, load average 0.5.\n\n| apart |"
        in page
    )
    assert page.count("| 2026-01-02 |") == 8
    assert "2026-01-03, def456" not in page


def test_the_page_has_the_last_tables_and_the_ratios_of_all_runs() -> None:
    page = benchmarks_doc.document([entry("2026-01-01", old=0.5), entry("2026-01-02", new=0.25)])
    assert "2026-01-02, commit abc123, 2 × Some CPU, Python 3.11.7, load average 1.5" in page
    assert "| 2026-01-02 |" in page
    assert "| 2026-01-01 |" not in page
    assert "| run | new | old |" in page
    assert "| 2026-01-02, abc123 | 0.25 |  |" in page
    assert "| 2026-01-01, abc123 |  | 0.50 |" in page

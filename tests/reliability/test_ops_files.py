"""The dashboard and the alert rules speak of metrics that exist, and each alert has its place in the runbook."""

from __future__ import annotations

import json
import re

from prometheus_client import CollectorRegistry, generate_latest

from bot.notifications.metrics import Metrics
from bot.runtime.load_shedding import DELAY, SHARE, SHED
from tests.support.paths import ROOT

OPS = ROOT / "docs" / "ops"
NAME = re.compile(r"\b(?:jira_webhook|load)_[a-z_]+")


def exported() -> set[str]:
    registry = CollectorRegistry()
    Metrics(registry)
    load = CollectorRegistry()
    for collector in (DELAY, SHARE, SHED):
        load.register(collector)
    lines = (generate_latest(registry) + generate_latest(load)).decode().splitlines()
    kinds = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    more = {f"{name}_bucket" for name, kind in kinds.items() if kind == "histogram"}
    return set(kinds) | more


def test_every_metric_that_is_shown_or_watched_exists() -> None:
    dashboard = json.loads((OPS / "dashboard.json").read_text())
    shown = {name for p in dashboard["panels"] for t in p["targets"] for name in NAME.findall(t["expr"])}
    watched = set(NAME.findall((OPS / "alerts.yml").read_text()))
    assert shown
    assert watched
    assert (shown | watched) - exported() == set()


def test_no_alert_waits_for_a_series_that_is_not_there_yet() -> None:
    """Check that each alert counts from nothing.

    A counter with labels has no series before its first event: that event is no increase, and nothing is more
    than a sum of none.
    """
    registry = CollectorRegistry()
    Metrics(registry)
    there = {line.partition(" ")[0] for line in generate_latest(registry).decode().splitlines()}
    text = (OPS / "alerts.yml").read_text()
    single = re.findall(r"increase\((jira_webhook_[a-z_]+)[^)]*\)\)? > 0$", text, re.MULTILINE)
    assert [name for name in single if name not in there] == []
    compared = re.findall(r"> (?!\d)(.*)$", text, re.MULTILINE)
    assert [one for one in compared if "or vector(0)" not in one] == []


def test_every_alert_is_in_the_runbook() -> None:
    alerts = re.findall(r"alert: (\w+)", (OPS / "alerts.yml").read_text())
    runbook = (OPS / "runbook.md").read_text()
    assert len(alerts) == len(set(alerts)) >= 8
    assert [name for name in alerts if f"### {name}\n" not in runbook] == []

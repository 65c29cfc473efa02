"""What is counted of calls to Jira. No label ever names a person, a site or an issue."""

from __future__ import annotations

from prometheus_client import Counter

GONE = Counter("jira_gone_total", "Calls of operations that Jira has removed (410)", ["method"])

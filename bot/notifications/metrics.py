"""Prometheus metrics of notifications. No label holds an issue key, a person, a conversation or a site."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The counters of one process, registered in `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"jira_webhook_{name}", says, labels, registry=registry)

        self.received = counter("received", "Deliveries that reached the end of their body")
        self.duplicate = counter("duplicate", "Deliveries and events seen before", "stage")
        self.rejected = counter("rejected", "Deliveries refused", "reason")
        self.ignored = counter("ignored", "Deliveries that tell nobody anything", "reason")
        self.matched = counter("matched", "Subscriptions that wanted an event")
        self.queued = counter("queued", "Messages put into the outbox")
        self.withheld = counter("withheld", "Messages that may not or need not be told", "reason")
        self.delivered = counter("delivered", "Messages that Teams took", "form")
        self.uncertain = counter("uncertain", "Messages sent again though the first try may have arrived")
        self.retried = counter("retried", "Jobs put off", "queue", "reason")
        self.dead = counter("dead", "Jobs given up", "queue", "reason")
        self.found = counter("found", "Events that a search found, told by a webhook before or not")
        self.recovered = counter("recovered", "Events that no webhook had told when a search found them")
        self.webhooks = counter("registrations", "Dynamic webhooks registered, refreshed, removed, failed", "what")
        self.searches = counter("searches", "Searches for what webhooks missed", "result")
        self.restarts = counter("loop_restarts", "Background loops that failed and were started again", "loop")
        self.latency = Histogram(
            "jira_webhook_delivery_seconds",
            "From the delivery's last byte to Teams' answer",
            registry=registry,
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400),
        )
        self.oldest = Gauge("jira_webhook_oldest_seconds", "Age of the oldest job", ["queue"], registry=registry)
        self.waiting = Gauge("jira_webhook_waiting", "Jobs not yet done", ["queue"], registry=registry)
        self.dead_letters = Gauge("jira_webhook_dead_letters", "Jobs among the dead", ["queue"], registry=registry)

    def count_delivered(self, form: str, seconds: float) -> None:
        """Count a message that Teams took, `seconds` after the delivery that it came of."""
        self.delivered.labels(form).inc()
        self.latency.observe(max(0.0, seconds))

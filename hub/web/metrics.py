"""Figures of the HTTP edge for Prometheus. Labels are route templates, never ids."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class WebMetrics:
    """Requests by route and status, their duration in seconds, unexpected errors, open sockets."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            "hub_http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "hub_http_request_seconds",
            "Time to answer, seconds",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.errors = Counter(
            "hub_http_unexpected_errors", "Requests that ended in a 500", registry=registry
        )
        self.consoles = Gauge("hub_console_sockets", "Open console sockets", registry=registry)

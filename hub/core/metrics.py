"""Figures for Prometheus: one registry a hub, made in `hub.app`, handed to whoever counts.

A label is a small closed set (channel, outcome, service), never an id, an address or a name of a
person: each value is a time series for ever, and /metrics is read by others than agents.
"""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_PERSONAL = frozenset({"id", "address", "email", "name", "user", "customer", "agent", "ip"})


class Metrics:
    """The figures of one hub. Ask twice for the same name and you get the same figure."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}

    def counter(self, name: str, purpose: str, labels: Sequence[str] = ()) -> Counter:
        """Return the counter `name` (`hub_…_total`): only ever rises."""
        if name not in self._counters:
            _check_labels(name, labels)
            self._counters[name] = Counter(name, purpose, labels, registry=self.registry)
        return self._counters[name]

    def gauge(self, name: str, purpose: str, labels: Sequence[str] = ()) -> Gauge:
        """Return the gauge `name`: a level that rises and falls."""
        if name not in self._gauges:
            _check_labels(name, labels)
            self._gauges[name] = Gauge(name, purpose, labels, registry=self.registry)
        return self._gauges[name]

    def histogram(
        self,
        name: str,
        purpose: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = SECONDS,
    ) -> Histogram:
        """Return the histogram `name`; in seconds (`hub_…_seconds`) unless `buckets` differ."""
        if name not in self._histograms:
            _check_labels(name, labels)
            self._histograms[name] = Histogram(
                name, purpose, labels, registry=self.registry, buckets=buckets
            )
        return self._histograms[name]

    def render(self) -> bytes:
        """Return all figures in the Prometheus text format, for /metrics."""
        return generate_latest(self.registry)


def _check_labels(name: str, labels: Sequence[str]) -> None:
    for label in labels:
        if label in _PERSONAL or label.endswith("_id"):
            raise ValueError(f"{name}: label {label!r} names a person or a row; use a closed set")

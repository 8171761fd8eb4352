"""Metrics: one registry a hub, and no label that names a person or a row."""

from __future__ import annotations

import pytest

from hub.core.metrics import Metrics


def test_a_figure_is_made_once_and_rendered() -> None:
    metrics = Metrics()
    for outcome in ("delivered", "failed", "delivered"):
        metrics.counter("hub_sent_total", "Effects sent.", ["outcome"]).labels(outcome).inc()
    metrics.gauge("hub_waiting", "Contacts waiting.").set(7)
    metrics.histogram("hub_commit_seconds", "One commit.").observe(0.003)
    text = metrics.render().decode()
    assert 'hub_sent_total{outcome="delivered"} 2.0' in text
    assert "hub_waiting 7.0" in text
    assert 'hub_commit_seconds_bucket{le="0.005"} 1.0' in text
    assert "process_cpu_seconds_total" in text


def test_two_hubs_in_one_process_do_not_share_figures() -> None:
    first, second = Metrics(), Metrics()
    first.counter("hub_sent_total", "Effects sent.").inc()
    second.counter("hub_sent_total", "Effects sent.")
    assert "hub_sent_total 1.0" in first.render().decode()
    assert "hub_sent_total 0.0" in second.render().decode()


@pytest.mark.parametrize("label", ["contact_id", "id", "email", "address", "agent"])
def test_a_label_that_names_a_person_or_a_row_is_refused(label: str) -> None:
    metrics = Metrics()
    for make in (metrics.counter, metrics.gauge, metrics.histogram):
        with pytest.raises(ValueError, match=label):
            make("hub_figure", "A figure.", ["channel", label])

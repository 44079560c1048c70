"""Exports :class:`~matomo_tui.headless.site_metrics.Metrics` in Prometheus' format (extra ``metrics``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from matomo_tui import __version__
from matomo_tui.headless.site_metrics import Metrics, PollHealth, SiteMetrics
from matomo_tui.sanitize import sanitize

_LABELS = ("site_id", "site")
_FIGURES = (
    ("visits_3m", "matomo_visits_3m", "Visits with an action in the last 3 minutes (Live.getCounters)."),
    ("actions_3m", "matomo_actions_3m", "Actions in the last 3 minutes (Live.getCounters)."),
    ("visits_30m", "matomo_visits_30m", "Visits with an action in the last 30 minutes (Live.getCounters)."),
    ("actions_30m", "matomo_actions_30m", "Actions in the last 30 minutes (Live.getCounters)."),
    ("visits_today", "matomo_visits_today", "Visits with an action since midnight in the site's time zone."),
    ("actions_today", "matomo_actions_today", "Actions since midnight in the site's time zone."),
)


class MatomoCollector(Collector):
    """Makes samples of the current metrics whenever they are asked for, in any thread."""

    def __init__(self, current: Callable[[], Metrics], now: Callable[[], float] = time.time) -> None:
        """``current`` returns the metrics, ``now`` our epoch in seconds."""
        self._current, self._now = current, now

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        metrics = self._current()
        yield GaugeMetricFamily("matomo_up", "1 if the last poll of Matomo succeeded, else 0.", value=int(metrics.up))
        yield from _site_metrics(metrics, self._now())
        yield from _health_metrics(metrics.health)
        if metrics.clock_offset is not None:
            offset = metrics.clock_offset
            yield GaugeMetricFamily(
                "matomo_clock_offset_seconds", "Server's clock minus this computer's.", value=offset
            )
        versions = {"exporter_version": __version__, "version": sanitize(metrics.version, 40)}
        yield InfoMetricFamily("matomo_server", "Versions of Matomo and of this exporter.", value=versions)


def exposition(collector: MatomoCollector) -> str:
    """Return the metrics as the text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def _site_metrics(metrics: Metrics, now: float) -> Iterator[Metric]:
    up = GaugeMetricFamily("matomo_site_up", "1 if all figures of the site came in the last poll.", labels=_LABELS)
    families = [GaugeMetricFamily(name, text, labels=_LABELS) for _, name, text in _FIGURES]
    hit_at = GaugeMetricFamily(
        "matomo_last_hit_timestamp_seconds", "When the site's last action was, of the last 7 days.", labels=_LABELS
    )
    hit_age = GaugeMetricFamily("matomo_last_hit_age_seconds", "Seconds since the site's last action.", labels=_LABELS)
    for one in metrics.sites:
        labels = _labels(one)
        up.add_metric(labels, 0 if one.error else 1)
        for (field, _, _), family in zip(_FIGURES, families, strict=True):
            value = getattr(one, field)
            if value is not None:
                family.add_metric(labels, value)
        if one.last_hit_at is not None:
            hit_at.add_metric(labels, one.last_hit_at)
            hit_age.add_metric(labels, max(0.0, now + metrics.server_offset - one.last_hit_at))
    yield from (up, *families, hit_at, hit_age)


def _health_metrics(health: PollHealth) -> Iterator[Metric]:
    polls = CounterMetricFamily("matomo_polls", "Polls of Matomo that succeeded.", labels=())
    polls.add_metric((), health.successes)
    errors = CounterMetricFamily("matomo_poll_errors", "Polls of Matomo that failed, by reason.", labels=("reason",))
    for reason, count in sorted(health.errors.items()):
        errors.add_metric((reason,), count)
    yield from (polls, errors)
    yield GaugeMetricFamily("matomo_poll_duration_seconds", "Duration of the last good poll.", value=health.duration)
    if health.last_success_at is not None:
        yield GaugeMetricFamily(
            "matomo_poll_last_success_timestamp_seconds", "When the last good poll ended.", value=health.last_success_at
        )
    yield CounterMetricFamily("matomo_http_requests", "HTTP requests sent to Matomo.", value=health.requests)
    yield CounterMetricFamily("matomo_received_bytes", "Bytes received from Matomo.", value=health.received)


def _labels(figures: SiteMetrics) -> tuple[str, str]:
    return str(figures.site.id), sanitize(figures.site.name, 100)

"""Figures for Prometheus: one request a poll, the names and types of the format, and nothing stale."""

from __future__ import annotations

import asyncio
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, MatomoError, TokenRejected, Unreachable
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.metrics_output import is_loopback, listening, parse_listen, write_textfile
from matomo_tui.headless.metrics_poller import MetricsPoller
from matomo_tui.headless.prometheus_metrics import MatomoCollector, exposition
from tests.live.fake_clock import FakeClock
from tests.live.matomo import BLOG, LiveMatomo, visit

SITES = [
    {"idsite": "1", "name": "Shop", "timezone": "Europe/Berlin"},
    {"idsite": "2", "name": 'Bl"og\\ \x1b[2J', "timezone": "UTC"},
]
NAME = re.compile(r"matomo(_[a-z0-9]+)+")


class Direct(ReadConnection):
    """A connection that is open already."""

    def __init__(self, client: Client) -> None:
        settings = Settings(url="stats.example")
        super().__init__(settings, TokenSource(settings))
        self._client = client

    async def renew(self) -> bool:
        return False


class Export:
    """A poller of metrics with a server and a clock of the test's own."""

    def __init__(self, *wanted: str) -> None:
        self.clock = FakeClock()
        self.matomo = LiveMatomo(self.clock)
        self.matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = SITES
        self.matomo.answers["API.getMatomoVersion"] = {"value": "5.8.0"}
        self.notes: list[str] = []
        self.poller = MetricsPoller(
            Direct(self.matomo.client()), wanted, interval=15, clock=self.clock, on_note=self.notes.append
        )
        self.collector = MatomoCollector(lambda: self.poller.metrics, self.clock.now)

    def samples(self) -> dict[str, float]:
        """The exported values by name and site's id."""
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(exposition(self.collector)):
            for sample in family.samples:
                key = sample.labels.get("site_id") or sample.labels.get("reason") or ""
                found[f"{sample.name} {key}".strip()] = sample.value
        return found


async def polled(export: Export) -> None:
    task = asyncio.ensure_future(export.poller.poll())
    await export.clock.advance(1)
    await task


async def test_the_figures_of_each_site_come_in_one_request() -> None:
    export = Export()
    now = int(export.clock.true)
    export.matomo.add(visit(1, now - 90, now - 60))
    export.matomo.add(visit(2, now - 900))
    export.matomo.add(visit(3, now - 400, site=BLOG))
    await polled(export)
    samples = export.samples()
    figures = {key: value for key, value in samples.items() if key.endswith((" 1", " 2"))}
    assert figures == {
        "matomo_site_up 1": 1, "matomo_site_up 2": 1,
        "matomo_visits_3m 1": 1, "matomo_visits_3m 2": 0,
        "matomo_actions_3m 1": 2, "matomo_actions_3m 2": 0,
        "matomo_visits_30m 1": 2, "matomo_visits_30m 2": 1,
        "matomo_actions_30m 1": 3, "matomo_actions_30m 2": 1,
        "matomo_visits_today 1": 2, "matomo_visits_today 2": 1,
        "matomo_actions_today 1": 3, "matomo_actions_today 2": 1,
        "matomo_last_hit_timestamp_seconds 1": now - 60, "matomo_last_hit_timestamp_seconds 2": now - 400,
        "matomo_last_hit_age_seconds 1": pytest.approx(61, abs=2),
        "matomo_last_hit_age_seconds 2": pytest.approx(401, abs=2),
    }  # fmt: skip
    assert (samples["matomo_up"], samples["matomo_polls_total"]) == (1, 1)
    assert [len(request) for request in export.matomo.requests] == [2, 8], "the sites, then one poll"
    await polled(export)
    assert [len(request) for request in export.matomo.requests] == [2, 8, 8]
    assert export.matomo.asked("Live.getLastVisitsDetails")[0]["doNotFetchActions"] == "1"


async def test_a_date_that_no_clock_shows_is_exported_and_not_reckoned_with() -> None:
    export = Export()
    export.matomo.add(visit(1, int(export.clock.true) - 60))
    export.matomo.date = "Fri, 31 Dec 9999 23:59:59 GMT"
    await polled(export)
    samples = export.samples()
    assert samples["matomo_clock_offset_seconds"] > 1e11
    assert samples["matomo_last_hit_age_seconds 1"] == pytest.approx(61, abs=2)


async def test_today_begins_at_the_sites_own_midnight() -> None:
    export = Export()
    await polled(export)
    minutes = {call["idSite"]: int(call["lastMinutes"]) for call in export.matomo.asked("Live.getCounters")[2::3]}
    assert minutes == {"1": 13 * 60 + 31, "2": 12 * 60 + 31}


async def test_names_types_and_texts_are_as_prometheus_wants_them() -> None:
    export = Export()
    await polled(export)
    text = exposition(export.collector)
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation.endswith(".") for family in families)
    for family in families:
        for sample in family.samples:
            assert NAME.fullmatch(sample.name)
            assert (family.type == "counter") == sample.name.endswith("_total"), sample.name
    assert "\x1b" not in text
    names = {sample.labels["site"] for family in families for sample in family.samples if "site" in sample.labels}
    assert names == {"Shop", 'Bl"og\\ [2J'}


async def test_while_matomo_does_not_answer_it_is_down_and_the_figures_vanish() -> None:
    export = Export()
    await polled(export)
    export.matomo.failure = Unreachable("stats.example refuses connections.")
    with pytest.raises(Unreachable):
        await polled(export)
    samples = export.samples()
    assert (samples["matomo_up"], samples["matomo_poll_errors_total Unreachable"]) == (0, 1)
    assert not any("visits" in key or "hit" in key or "site_up" in key for key in samples)
    assert samples["matomo_poll_last_success_timestamp_seconds"] > 0
    export.matomo.failure = None
    await polled(export)
    assert export.samples()["matomo_up"] == 1


async def test_a_refused_part_takes_only_its_own_figures_away() -> None:
    export = Export()
    await polled(export)
    export.matomo.refused["Live.getLastVisitsDetails"] = "The visitor log is disabled for this website."
    await polled(export)
    samples = export.samples()
    assert (samples["matomo_up"], samples["matomo_site_up 1"], samples["matomo_visits_30m 1"]) == (1, 0, 0)
    assert "matomo_last_hit_age_seconds 1" not in samples


async def test_it_polls_on_through_outages_and_stops_at_a_rejected_token() -> None:
    export = Export()
    task = asyncio.ensure_future(export.poller.run())
    try:
        await export.clock.advance(60)
        assert 4 <= export.samples()["matomo_polls_total"] <= 6
        export.matomo.failure = Unreachable("down")
        await export.clock.advance(300)
        sent = len(export.matomo.requests)
        assert sent < 16, "it backs off"
        assert export.notes == ["down"]
        export.matomo.failure = None
        await export.clock.advance(600)
        assert export.samples()["matomo_up"] == 1
        assert export.notes == ["down", "Matomo answers again."]
        export.matomo.failure = TokenRejected("Matomo does not accept the token.")
        await export.clock.advance(60)
        sent = len(export.matomo.requests)
        await export.clock.advance(3 * 3600)
        assert len(export.matomo.requests) == sent
        assert export.samples()["matomo_up"] == 0
        assert export.notes[-1].startswith("No more requests are sent")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_sites_are_chosen_by_id_and_name_and_a_wrong_one_is_named() -> None:
    export = Export("shop")
    await polled(export)
    assert {call["idSite"] for call in export.matomo.asked("Live.getCounters")} == {"1"}
    with pytest.raises(BadRequest, match="no site with the name 'Shopp'"):
        await polled(Export("Shopp"))


async def test_without_a_choice_the_number_of_sites_is_bounded() -> None:
    export = Export()
    export.matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = [
        {"idsite": str(number), "name": f"site {number}"} for number in range(200, 0, -1)
    ]
    await polled(export)
    assert len(export.matomo.requests[-1]) == 100
    assert {int(call["idSite"]) for call in export.matomo.asked("Live.getCounters")} == set(range(1, 26))
    assert export.notes == ["The first 25 of 200 sites are exported: name others with --site."]


async def test_a_token_without_sites_is_an_error() -> None:
    export = Export()
    export.matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = []
    with pytest.raises(MatomoError, match="has access to no site"):
        await polled(export)
    assert export.samples()["matomo_up"] == 0


async def test_prometheus_can_fetch_it() -> None:
    export = Export()
    await polled(export)
    with listening(export.collector, "127.0.0.1", 0) as address:
        async with httpx.AsyncClient() as client:
            body = (await client.get(address)).text
    assert body == exposition(export.collector)
    assert address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("value", "host", "port"),
    [
        ("127.0.0.1:9105", "127.0.0.1", 9105),
        (":9105", "127.0.0.1", 9105),
        ("9105", "127.0.0.1", 9105),
        ("[::1]:80", "::1", 80),
        ("0.0.0.0:0", "0.0.0.0", 0),  # noqa: S104 (it is only parsed)
        ("metrics.example:1", "metrics.example", 1),
    ],
)
def test_an_address_to_listen_at(value: str, host: str, port: int) -> None:
    assert parse_listen(value) == (host, port)
    assert is_loopback(host) == (host in ("127.0.0.1", "::1"))


@pytest.mark.parametrize(
    "value", ["", "a:b", "127.0.0.1:", "127.0.0.1:99999", "::1:80", "1.2.3.4", "127.0.0.1:" + "9" * 5000]
)
def test_what_is_no_address_is_explained(value: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        parse_listen(value)


def test_the_text_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "matomo.prom"
    write_textfile(file, "matomo_up 1\n")
    write_textfile(file, "matomo_up 0\n")
    assert file.read_text() == "matomo_up 0\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(OSError, match="No such file"):
        write_textfile(tmp_path / "none" / "matomo.prom", "")


def expressions(value: Any) -> list[str]:
    """All queries of a Grafana dashboard."""
    if isinstance(value, dict):
        own = [value[key] for key in ("expr", "definition") if isinstance(value.get(key), str)]
        return own + [one for inner in value.values() for one in expressions(inner)]
    return [one for inner in value for one in expressions(inner)] if isinstance(value, list) else []


async def test_each_query_of_the_dashboard_uses_exported_metrics_and_labels() -> None:
    export = Export()
    export.matomo.add(visit(1, int(export.clock.true)))
    await polled(export)
    export.matomo.failure = Unreachable("down")
    with pytest.raises(Unreachable):
        await polled(export)
    export.matomo.failure = None
    await polled(export)
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposition(export.collector)):
        for sample in family.samples:
            labels.setdefault(sample.name, {"instance", "job"}).update(sample.labels)
    dashboard = json.loads((files("matomo_tui") / "examples" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    queries = expressions(dashboard)
    assert len(queries) > 15
    used: set[str] = set()
    for query in queries:
        names = set(re.findall(r"\bmatomo_\w+", query))
        assert names, query
        assert names <= labels.keys(), query
        used |= names
        for name, matchers in re.findall(r"\b(matomo_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)=", matchers)) <= labels[name], query
    elsewhere = {"matomo_clock_offset_seconds", "matomo_last_hit_timestamp_seconds"}
    assert labels.keys() - elsewhere == used, "each other metric has its place"
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells)), "panels overlap"
    assert max(x for x, _ in cells) < 24


async def test_a_wrong_site_ends_it_at_the_start_and_not_later() -> None:
    wrong = Export("Shopp")
    task = asyncio.ensure_future(wrong.poller.run())
    await wrong.clock.advance(5)
    with pytest.raises(BadRequest, match="no site with the name 'Shopp'"):
        await task
    renamed = Export("Shop")
    task = asyncio.ensure_future(renamed.poller.run())
    await renamed.clock.advance(60)
    renamed.matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = SITES[1:]
    await renamed.clock.advance(2 * 3600)
    assert not task.done()
    assert renamed.samples()["matomo_up"] == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_site_that_goes_later_takes_no_other_along_and_is_named_once() -> None:
    export = Export("Shop", "2")
    task = asyncio.ensure_future(export.poller.run())
    await export.clock.advance(60)
    export.matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = SITES[1:]
    await export.clock.advance(3 * 3600)
    samples = export.samples()
    assert (samples["matomo_up"], samples["matomo_site_up 2"]) == (1, 1)
    assert "matomo_site_up 1" not in samples
    assert export.notes == [
        "This token has access to no site with the name 'Shop'. The other sites are exported without it."
    ]
    export.matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = SITES
    await export.clock.advance(2 * 3600)
    assert export.samples()["matomo_site_up 1"] == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

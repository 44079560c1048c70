"""Matomo's PagePerformance module: how long pages take."""

from __future__ import annotations

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.pages import BY_URL
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.reporting import ReportQuery, single

_MEASURED = ("server", "transfer", "dom_processing")
_NAMES = ("network", "server", "transfer", "dom_processing", "dom_completion", "on_load")


async def load_times(query: ReportQuery) -> tuple[dict[str, float], int]:
    """Seconds by what they were spent on, and over how many page views; this site's browsers tell three of them."""
    pages = (await query.pages_by(BY_URL)).values()
    totals = {name: sum(page.timings[index][0] for page in pages) for index, name in enumerate(_MEASURED)}
    return totals, sum(page.hits for page in pages)


@single("PagePerformance.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    """Averages over all page views."""
    totals, hits = await load_times(query)
    means = {name: totals.get(name, 0.0) / max(1, hits) for name in _NAMES}
    found: dict[str, Json] = {f"avg_time_{name}": number(mean) for name, mean in means.items()}
    return found | {"avg_page_load_time": number(sum(means.values()))}


async def sums(query: ReportQuery) -> dict[str, Json]:
    """The sums behind the averages, as ``API.get`` tells them."""
    totals, hits = await load_times(query)
    found: dict[str, Json] = {}
    # Matomo's own spelling.
    for name, column in zip(
        _NAMES, ("network", "servery", "transfer", "domprocessing", "domcompletion", "onload"), strict=True
    ):
        measured = name in totals
        found[f"PagePerformance_{column}_time"] = number(totals.get(name, 0.0), 3)
        found[f"PagePerformance_{column.removesuffix('y')}_hits"] = hits if measured else 0
    return found | {
        "PagePerformance_pageload_time": number(sum(totals.values()), 3),
        "PagePerformance_pageload_hits": hits,
    }

"""All reports of a site, in Matomo's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matomo_tui.demo.reports.metadata import acquisition, behaviour, conversions, visitors
from matomo_tui.demo.reports.metadata.assets import assets
from matomo_tui.demo.reports.metadata.assistants import as_of
from matomo_tui.demo.reports.metadata.described import Described
from matomo_tui.demo.version import Version
from matomo_tui.demo.world import Site


def reports_of(site: Site, version: Version) -> list[Described]:
    """What the site has: a shop's reports only for a shop, those of goals only where there are goals."""
    found = [*visitors.all_websites(), *visitors.visitors(), *behaviour.actions(site_search=site.sitesearch)]
    found += [*acquisition.referrers()]
    if site.ecommerce:
        found += conversions.ecommerce()
    if site.ecommerce or site.goals:
        found += conversions.goals(site)
    return [*as_of([*found, *assets()], version), main_metrics(site, version)]


def subtables_of(site: Site, version: Version) -> Iterator[Described]:
    """The reports that others' rows open to, where they go by a name of their own."""
    for report in reports_of(site, version):
        if report.opens and report.opens != report.action:
            inner = report.dimensions[1][1] if report.dimensions else report.dimension
            yield replace(report, name=inner, action=report.opens, dimension=inner, opens="", is_subtable=True)


def main_metrics(site: Site, version: Version) -> Described:
    """Everything that is one row, of all modules, in one row."""
    singles = [
        *(report for report in behaviour.actions(site_search=site.sitesearch) if report.module == "Actions"),
        acquisition.overview(),
        conversions.overview(),
        *visitors.visitors(),
        visitors.frequency(),
        visitors.performance(),
    ]
    singles = as_of(singles, version)
    singles = [report for report in singles if report.action == "get"]
    names: dict[str, str] = {}
    metrics: dict[str, None] = {}
    processed: dict[str, None] = {}
    for report in singles:
        names |= report.named((*report.metrics, *report.processed))
        metrics |= dict.fromkeys(report.metrics)
        processed |= dict.fromkeys(report.processed)
    return Described(
        "API",
        "",
        "Main metrics",
        "API",
        "get",
        "The most important figures of all categories.",
        metrics=tuple(metrics),
        processed=tuple(processed),
        names=names,
        types={name: kind for report in singles for name, kind in report.types.items()}
        | {"bounce_rate_returning": "percent", "bounce_rate_new": "percent"},
    )

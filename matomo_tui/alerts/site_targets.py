"""Finds the sites of a rule."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.alerts.rules import CountFigure, FailureFigure, ReportFigure, Rule
from matomo_tui.alerts.sources import MOST_SITES
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.site import Site
from matomo_tui.config.locations import nearest_word
from matomo_tui.sanitize import sanitize
from matomo_tui.session import choose_site

MOST_WITH_VISITS = 20
"""Sites that a rule watches at most if it needs their visits, and not only a counter."""
WHOLE_MATOMO = Site(id=0)
"""Stands for the site of a rule that is about the Matomo itself."""


def needs_site_list(rules: Sequence[Rule]) -> bool:
    """Return True if the rules name sites, a group or all sites."""
    return any(rule.targets.sites or rule.targets.group or rule.targets.all for rule in rules)


def sites_of(rule: Rule, home: Site, known: Sequence[Site]) -> tuple[tuple[Site, ...], str]:
    """Return the rule's sites and a sentence about those that were not found or are too many, or ``""``.

    ``home`` is the site of rules that name none, ``known`` are the sites that the token may view.
    """
    if isinstance(rule.figure, FailureFigure):
        return (WHOLE_MATOMO,), ""
    targets = rule.targets
    if targets.all:
        return _bounded(rule, tuple(known))
    if targets.group:
        wanted = targets.group.casefold()
        found = tuple(site for site in known if site.group.casefold() == wanted)
        if found:
            return _bounded(rule, found)
        groups = sorted({site.group for site in known if site.group})
        hint = nearest_word(targets.group, groups) if groups else "No site that the token may view has a group."
        return (), _problem(rule, f"there is no group {targets.group!r}. {hint}")
    if not targets.sites:
        return (home,), ""
    sites: dict[int, Site] = {}
    for name in targets.sites:
        try:
            site = choose_site(name, known)
        except BadRequest as error:
            close = nearest_word(name, [one.name for one in known]) if known else ""
            return tuple(sites.values()), _problem(rule, f"{error}{f' {close}' if close.startswith('Did') else ''}")
        sites[site.id] = site
    return _bounded(rule, tuple(sites.values()))


def _bounded(rule: Rule, sites: tuple[Site, ...]) -> tuple[tuple[Site, ...], str]:
    most = MOST_SITES if isinstance(rule.figure, CountFigure | ReportFigure) else MOST_WITH_VISITS
    if len(sites) <= most:
        return sites, ""
    sentence = f"it watches the first {most} of {len(sites):,} sites; use matomo-tui metrics for more."
    return tuple(sorted(sites, key=lambda site: site.id)[:most]), _problem(rule, sentence)


def _problem(rule: Rule, sentence: str) -> str:
    place = f"{rule.place}: " if rule.place else ""
    return sanitize(f"{place}alert {rule.name!r}: {sentence}")

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
    return _named(rule, known)


def _named(rule: Rule, known: Sequence[Site]) -> tuple[tuple[Site, ...], str]:
    """The sites that the rule names; one that is not found leaves out no other."""
    sites: dict[int, Site] = {}
    sentences: list[str] = []
    for name in rule.targets.sites:
        try:
            site = choose_site(name, known)
        except BadRequest as error:
            close = nearest_word(name, [one.name for one in known]) if known else ""
            sentences.append(f"{error} {close}" if close.startswith("Did") else str(error))
        else:
            sites[site.id] = site
    return _bounded(rule, tuple(sites.values()), sentences)


def _bounded(rule: Rule, sites: tuple[Site, ...], sentences: Sequence[str] = ()) -> tuple[tuple[Site, ...], str]:
    """The sites that are not too many. ``sentences`` are about others, for the problem."""
    most = MOST_SITES if isinstance(rule.figure, CountFigure | ReportFigure) else MOST_WITH_VISITS
    if len(sites) > most:
        more = f"it watches the first {most} of {len(sites):,} sites; use matomo-tui metrics for more."
        sentences = [more, *sentences]
        sites = tuple(sorted(sites, key=lambda site: site.id)[:most])
    return sites, _problem(rule, " ".join(sentences)) if sentences else ""


def _problem(rule: Rule, sentence: str) -> str:
    place = f"{rule.place}: " if rule.place else ""
    return sanitize(f"{place}alert {rule.name!r}: {sentence}")

"""The data files of the sites with traffic."""

from __future__ import annotations

import pytest

from matomo_tui.demo.catalog import sitemap
from matomo_tui.demo.world import SITES


@pytest.mark.parametrize("name", [site.traffic for site in SITES if site.traffic])
def test_every_link_and_entry_leads_to_a_page(name: str) -> None:
    found = sitemap(name)
    linked = {path for page in found.pages.values() for _, path in page.links}
    entered = {path for entry in found.entries for path in entry.paths}
    assert (linked | entered | found.products.keys()) - found.pages.keys() == set()
    assert {entry.channel for entry in found.entries} == found.sources.keys()
    assert all(extra.chance <= 1 for page in found.pages.values() for extra in page.extras)

"""The reports go along when the live screen goes to another site."""

from __future__ import annotations

from matomo_tui.api.site import Site
from matomo_tui.reports.periods import Period
from tests.reports.matomo import ReportMatomo
from tests.ui.reports.reporting import report_context


def test_a_day_that_has_not_begun_at_the_other_site_is_its_today() -> None:
    ahead = Site(id=2, name="Ahead", timezone="Pacific/Kiritimati")
    behind = Site(id=3, name="Behind", timezone="Etc/GMT+12")
    context = report_context(ReportMatomo({}))
    context.set_query(context.query.of(ahead).at(Period.containing("day", context.today(ahead))))
    assert context.query.period.last > context.today(behind)
    context.follow_live(behind, "", "")
    assert context.query.site == behind
    assert context.query.period == Period.containing("day", context.today(behind))

"""A report over time: what is asked, and what stands on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from matomo_tui.admin.annotations import Annotator
from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import Role
from matomo_tui.api.site import Site
from matomo_tui.config import paths
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.ui.reports.annotations import AnnotationService
from matomo_tui.ui.reports.chart_data import ChartSubject, load_chart
from matomo_tui.ui.reports.evolution import EvolutionPane
from tests.recorded import load, refusal
from tests.reports.matomo import NOW, SITE, TODAY, Hands, ReportMatomo, loader, query
from tests.ui.conftest import until
from tests.ui.reports.holding import BLOG, HoldingMatomo
from tests.ui.reports.reporting import Look, day, look, over_time, report, visits

NOTE = {
    "date": "2026-11-12",
    "note": "Spring sale \x1b[31mstarts",
    "starred": 0,
    "user": "root",
    "idNote": 0,
    "canEditOrDelete": True,
}


def matomo(**answers: Any) -> ReportMatomo:
    return ReportMatomo(**{"VisitsSummary__get": over_time(visits), "Annotations__getAll": [[NOTE]], **answers})


@asynccontextmanager
async def evolution(
    served: ReportMatomo,
    size: tuple[int, int] = (100, 16),
    role: Role = "write",
    at: ReportLoader | None = None,
    **changes: Any,
) -> AsyncIterator[tuple[Look, EvolutionPane]]:
    """The pane with the visits of the shop over time."""
    found = at or loader(served)
    client = Client(served)
    annotator = Annotator(client, AuditLog(paths.audit_file(paths.state_dir())))
    pane = EvolutionPane(found, AnnotationService(client, lambda: annotator, found, Access(sites={SITE.id: role})))
    async with look(pane, size=size) as stage:
        pane.show(ReportRequest(query(**changes), report("VisitsSummary.get")), "nb_visits")
        await stage.settle()
        pane.focus_content()
        await stage.settle()
        yield stage, pane


async def test_thirty_days_are_asked_at_once_and_the_last_is_read_out() -> None:
    served = matomo()
    async with evolution(served, period=day(1)) as (stage, _):
        (call,) = [call for call in served.calls if call["method"] == "VisitsSummary.get"]
        assert (call["period"], call["date"]) == ("day", "2026-10-24,2026-11-22")
        wanted = visits(date(2026, 11, 22))["nb_visits"]
        assert f"Visits Sun 22 Nov 2026  {wanted}  ▲ +7" in stage.app.lines[0]


async def test_a_chart_that_comes_late_is_not_drawn_for_a_report_without_figures() -> None:
    served = matomo()
    async with evolution(served, period=day(1)) as (stage, pane):
        summary = report("VisitsSummary.get")
        gate = served.gate = asyncio.Event()
        pane.show(ReportRequest(query(period=day(2)), summary), "nb_visits")
        await until(stage.pilot, lambda: served.at_once > 0)
        words = msgspec.structs.replace(summary, columns=(ReportColumn("label", "Words", "text"),))
        pane.show(ReportRequest(query(period=day(2)), words))
        gate.set()
        await stage.settle()
        assert "This report has no figures to draw." in stage.text
        assert "Sat 21 Nov 2026" not in stage.text


async def test_today_is_marked_as_not_over_and_compared_with_nothing() -> None:
    async with evolution(matomo(), period=day()) as (stage, _):
        assert "Mon 23 Nov 2026  61  so far" in stage.app.lines[0]
        assert "%" not in stage.app.lines[0]
        await stage.press("v")
        assert stage.app.lines[2].split() == ["▸", "Mon", "23", "Nov", "2026", "so", "far", "61"]


async def test_figures_from_before_midnight_are_not_final_and_come_anew() -> None:
    served, hands, today = matomo(), Hands(), [TODAY]
    found = ReportLoader(Client(served, now=hands), lambda site: today[0], now=hands)
    await found.evolution(ReportRequest(query(period=day()), report("VisitsSummary.get")))
    hands.at, today[0] = NOW + 120, TODAY + timedelta(days=1)
    async with evolution(served, at=found, period=day()) as (stage, pane):
        assert "Mon 23 Nov 2026  61  so far" in stage.app.lines[0]
        hands.at = NOW + REBUILT_EVERY
        pane.update_age()
        await stage.settle()
        assert "Mon 23 Nov 2026  61" in stage.app.lines[0]
        assert "so far" not in stage.app.lines[0]


async def test_the_numbers_are_at_a_key_with_changes_and_notes() -> None:
    async with evolution(matomo(), size=(100, 20), period=day(1)) as (stage, _):
        await stage.press("v")
        first, second = stage.app.lines[2:4]
        assert first.split()[1:6] == ["Sun", "22", "Nov", "2026", "109"]
        assert second.split()[1:6] == ["21", "Nov", "2026", "102", "▲"]
        assert "◆ Spring sale [31mstarts" in stage.line("12 Nov 2026")
        await stage.press("v")
        assert "◆" in stage.app.lines[-2], "the chart again, with the note as a mark on its line"


async def test_another_metric_is_a_choice_and_no_request() -> None:
    served = matomo()
    async with evolution(served, period=day(1)) as (stage, _):
        before = len(served.requests)
        await stage.press("m")
        assert "Bounce Rate" in stage.text
        await stage.press("6")
        assert "Bounce Rate Sun 22 Nov 2026  38 %" in stage.app.lines[0]
        assert stage.app.lines[1].split()[0] == "40"
        assert len(served.requests) == before


async def test_beside_the_time_before_both_are_named_with_their_figures() -> None:
    async with evolution(matomo(), period=day(1), comparison=Comparison.PREVIOUS) as (stage, _):
        legend = stage.app.lines[-1]
        assert "1 this period 109" in legend
        before = visits(date(2026, 10, 18))["nb_visits"]
        assert f"2 the period before, Sun 18 Oct 2026: {before}" in legend, "a Sunday beside a Sunday"
        await stage.press("left")
        assert "Sat 17 Oct 2026:" in stage.app.lines[-1]


async def test_without_room_for_their_names_each_figure_says_of_which_day_it_is() -> None:
    async with evolution(matomo(), size=(80, 7), period=day(1), comparison=Comparison.PREVIOUS) as (stage, _):
        before = visits(date(2026, 10, 18))["nb_visits"]
        assert f"Sun 22 Nov 2026  1: 109  Sun 18 Oct 2026 2: {before}" in stage.app.lines[0]


async def test_a_year_before_is_the_same_days_of_the_calendar() -> None:
    served = matomo()
    async with evolution(served, period=day(1), comparison=Comparison.YEAR) as (stage, _):
        dates = [call["date"] for call in served.calls if call["method"] == "VisitsSummary.get"]
        assert dates == ["2026-10-24,2026-11-22", "2025-10-24,2025-11-22"]
        assert "2 a year before, Sat 22 Nov 2025:" in stage.app.lines[-1]


async def test_the_same_weekday_a_year_before_is_364_days_back() -> None:
    served = matomo()
    async with evolution(served, period=day(1), comparison=Comparison.YEAR_WEEKDAY) as (stage, _):
        dates = [call["date"] for call in served.calls if call["method"] == "VisitsSummary.get"]
        assert dates == ["2026-10-24,2026-11-22", "2025-10-25,2025-11-23"]
        assert "Sun 23 Nov 2025:" in stage.app.lines[-1]


async def test_beside_a_month_of_your_own_the_days_until_its_end_are_drawn() -> None:
    served = matomo()
    own = Period.containing("month", date(2026, 6, 1))
    async with evolution(served, period=day(1), comparison=Comparison.OWN, own=own) as (stage, _):
        dates = [call["date"] for call in served.calls if call["method"] == "VisitsSummary.get"]
        assert dates == ["2026-10-24,2026-11-22", "2026-06-01,2026-06-30"]
        assert "2 until Jun 2026" in stage.app.lines[-1]


@pytest.mark.parametrize(
    ("own", "asked"),
    [
        ((date(2026, 5, 4), date(2026, 5, 31)), ("week", "2026-05-04,2026-05-31")),
        ((date(2020, 1, 6), date(2025, 12, 31)), ("week", "2020-01-06,2020-04-12")),
    ],
    ids=["shorter", "longer"],
)
@pytest.mark.parametrize("of_a_row", [False, True])
async def test_both_curves_of_a_range_have_the_same_unit(
    own: tuple[date, date], asked: tuple[str, str], of_a_row: bool
) -> None:
    wanted = query(
        period=Period.days_between(date(2026, 8, 17), date(2026, 11, 22)),
        comparison=Comparison.OWN,
        own=Period.days_between(*own),
    )
    served = matomo(API__getRowEvolution={"reportData": {}})
    request = ReportRequest(wanted, report("Actions.getPageUrls" if of_a_row else "VisitsSummary.get"))
    subject = ChartSubject(request, (("docs",),) if of_a_row else ())
    column = subject.column("nb_visits")
    assert column is not None
    chart = await load_chart(loader(served), subject, column)
    assert [(call["period"], call["date"]) for call in served.calls] == [("week", "2026-08-17,2026-11-22"), asked]
    assert {one.kind for one in (*chart.data.periods, *chart.data.curves[1].periods)} == {"week"}


async def test_the_last_week_of_a_range_may_go_on_after_its_last_day() -> None:
    """Today is a Tuesday; the range ended yesterday."""
    hands, served = Hands(NOW + 86_400), matomo()
    at = ReportLoader(Client(served, now=hands), lambda site: TODAY + timedelta(days=1), now=hands)
    async with evolution(served, at=at, period=Period.days_between(date(2026, 8, 17), TODAY)) as (stage, pane):
        assert "23–29 Nov 2026" in stage.app.lines[0]
        assert "so far" in stage.app.lines[0]
        before = len(served.calls)
        hands.at += REBUILT_EVERY
        pane.update_age()
        await stage.settle()
        assert len([call for call in served.calls[before:] if call["method"] == "VisitsSummary.get"]) == 1


async def test_several_rows_stand_in_one_chart_with_their_names() -> None:
    def rows(call: dict[str, str]) -> dict[str, Any]:
        assert call["label"] == "docs%20%3E%20api,products"
        keys = [str(day(back).first) for back in range(31)]
        return {"reportData": {key: [{"nb_hits_0": 7, "nb_hits_1": 12}] for key in keys}, "metadata": {}}

    served = ReportMatomo(API__getRowEvolution=rows)
    pane = EvolutionPane(loader(served))
    async with look(pane, size=(100, 16)) as stage:
        pane.show(ReportRequest(query(), report("Actions.getPageUrls")), "nb_hits", (("docs > api",), ("products",)))
        await stage.settle()
        assert "1 docs > api 7" in stage.app.lines[-1]
        assert "2 products 12" in stage.app.lines[-1]
        assert stage.app.lines[0].startswith("─ Pageviews Sun 22 Nov 2026 ")


async def test_a_recorded_row_is_absent_on_days_and_not_zero() -> None:
    (recorded,) = [e for e in load("more") if e.params.get("apiAction") == "getPageUrls" and "RowEvo" in e.method]
    pane = EvolutionPane(loader(ReportMatomo(API__getRowEvolution=recorded.json)))
    async with look(pane, size=(100, 16)) as stage:
        pane.show(ReportRequest(query(), report("Actions.getPageUrls")), "nb_hits", (("search",),))
        await stage.settle()
        assert "No figures in this time." in stage.text


@pytest.mark.parametrize("kind", ["year"])
async def test_unique_visitors_that_are_not_counted_are_said_and_not_shown_as_nothing(kind: Any) -> None:
    def without(at: date) -> dict[str, Any]:
        return {key: value for key, value in visits(at).items() if key not in ("nb_uniq_visitors", "nb_users")}

    found = loader(matomo(VisitsSummary__get=over_time(without)))
    pane = EvolutionPane(found)
    async with look(pane, size=(100, 16)) as stage:
        request = ReportRequest(query(period=Period.containing(kind, TODAY)), report("VisitsSummary.get"))
        pane.show(request, "nb_uniq_visitors")
        await stage.settle()
        assert "Unique visitors are not counted for a year." in stage.text


async def test_an_error_is_said_in_matomos_words_and_tried_again_at_a_key() -> None:
    answers: list[Any] = [refusal("The report is &quot;busy&quot;."), None]

    def answer(call: dict[str, str]) -> Any:
        return answers.pop(0) or over_time(visits)(call)

    async with evolution(matomo(VisitsSummary__get=answer), period=day(1)) as (stage, pane):
        assert 'The report is "busy".' in stage.text
        assert "r tries again." in stage.text
        pane.reload()
        await stage.settle()
        assert "Visits Sun 22 Nov 2026  109" in stage.app.lines[0]


async def test_annotations_that_cannot_be_read_leave_the_chart_alone() -> None:
    async with evolution(matomo(Annotations__getAll=refusal("Annotations are off.")), period=day(1)) as (stage, _):
        assert "Visits Sun 22 Nov 2026  109" in stage.app.lines[0]
        await stage.press("a")
        assert "Annotations are off." in stage.text


async def test_an_annotation_is_written_for_the_day_under_the_cursor_and_read_back() -> None:
    notes = [NOTE]

    def add(call: dict[str, str]) -> dict[str, Any]:
        notes.append({**NOTE, "date": call["date"], "note": call["note"], "idNote": 1})
        return notes[-1]

    served = matomo(Annotations__add=add, Annotations__getAll=lambda _call: [notes])
    async with evolution(served, period=day(1)) as (stage, _):
        await stage.press("left", "A")
        assert "2026-11-21" in stage.text
        await stage.type("New shelf")
        await stage.press("enter")
        (call,) = [call for call in served.calls if call["method"] == "Annotations.add"]
        assert (call["date"], call["note"]) == ("2026-11-21", "New shelf")
        assert "◆ New shelf" in stage.app.lines[0]
        await stage.press("a")
        assert stage.line("Sat 21 Nov 2026").split()[-4:] == ["New", "shelf", "root", "│"]
        assert "Spring sale [31mstarts" in stage.text
        await stage.press("escape", "A")
        await stage.type("Closed")
        await stage.press("enter")
        assert "New shelf" in stage.app.lines[0]
        assert "Closed" in stage.app.lines[0]


def add_to(notes: list[dict[str, Any]]) -> HoldingMatomo:
    """A Matomo that adds to ``notes`` what is written."""

    def add(call: dict[str, str]) -> dict[str, Any]:
        notes.append({**NOTE, "date": call["date"], "note": call["note"], "idNote": len(notes)})
        return notes[-1]

    return HoldingMatomo(matomo(Annotations__add=add, Annotations__getAll=lambda _call: [list(notes)]))


def is_of_chart(call: dict[str, str]) -> bool:
    """Returns True for the annotations of a chart; those of one day are asked for when a write is read back."""
    return call["method"] == "Annotations.getAll" and call.get("period") == "range"


async def test_annotations_that_come_late_are_drawn_on_the_chart_that_is_shown_by_then() -> None:
    served = add_to([])
    summary = report("VisitsSummary.get")
    async with evolution(served, period=day(1)) as (stage, pane):
        for back in (2, 1):  # both charts are cached
            pane.show(ReportRequest(query(period=day(back)), summary), "nb_visits")
            await stage.settle()
        await stage.press("A")
        await stage.type("New shelf")
        served.holds = is_of_chart
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: bool(served.held))
        pane.show(ReportRequest(query(period=day(2)), summary), "nb_visits")
        await until(stage.pilot, lambda: "Sat 21 Nov 2026" in stage.app.lines[0])
        served.let_go()
        await stage.settle()
        assert "Visits Sat 21 Nov 2026  102" in stage.app.lines[0]
        pane.show(ReportRequest(query(period=day(1)), summary), "nb_visits")
        await stage.settle()
        assert "◆ New shelf" in stage.app.lines[0]


async def test_annotations_that_come_late_leave_another_metric_alone() -> None:
    served = add_to([])
    async with evolution(served, period=day(1)) as (stage, _):
        await stage.press("A")
        await stage.type("New shelf")
        served.holds = is_of_chart
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: bool(served.held))
        await stage.pilot.press("m", "6")
        await until(stage.pilot, lambda: "Bounce Rate" in stage.app.lines[0])
        served.let_go()
        await stage.settle()
        assert "Bounce Rate Sun 22 Nov 2026  38 %  = same  ◆ New shelf" in stage.app.lines[0]


@pytest.mark.parametrize("answer", [[], refusal("Annotations are off.")], ids=["none", "an error"])
async def test_annotations_of_the_site_before_are_not_those_of_the_next(answer: Any) -> None:
    note = {**NOTE, "date": "2026-11-22", "note": "Launch of the shop"}
    served = HoldingMatomo(matomo(Annotations__getAll=lambda call: [[note]] if call["idSite"] == "1" else answer))
    async with evolution(served, period=day(1)) as (stage, pane):
        assert "◆ Launch of the shop" in stage.app.lines[0]
        served.holds = is_of_chart
        pane.show(ReportRequest(query(site=BLOG, period=day(1)), report("VisitsSummary.get")), "nb_visits")
        await until(stage.pilot, lambda: bool(served.held) and not pane.is_waiting)
        assert "Launch" not in stage.text
        await stage.pilot.press("a")
        await stage.pilot.pause()
        assert "Launch" not in stage.text
        assert [toast.message for toast in stage.app._notifications] == ["The annotations are still loading."]
        served.let_go()
        await stage.settle()
        assert "Launch" not in stage.text
        await stage.press("a")
        assert "Launch" not in stage.text
        assert ("Annotations are off." if answer else "No annotations in this period") in stage.text


async def test_annotations_that_can_no_longer_be_read_are_gone_from_title_and_chart() -> None:
    answers: list[Any] = [[[NOTE]], refusal("Annotations are off.")]
    async with evolution(matomo(Annotations__getAll=lambda _call: answers.pop(0)), period=day(1)) as (stage, pane):
        await stage.press("home", *["right"] * 19)
        assert "Thu 12 Nov 2026" in stage.app.lines[0]
        assert "◆ Spring sale" in stage.app.lines[0]
        pane.reload()
        await stage.settle()
        assert "◆" not in stage.text


async def test_what_matomo_refuses_to_write_stays_in_the_form() -> None:
    served = matomo(Annotations__add=refusal("The note is too long."))
    async with evolution(served, period=day(1)) as (stage, _):
        await stage.press("A")
        await stage.press("enter")
        assert "An annotation needs a text." in stage.text
        await stage.type("Sale")
        await stage.press("enter")
        assert "The note is too long." in stage.text
        assert "Sale" in stage.text
        entries, _lines = AuditLog(paths.audit_file(paths.state_dir())).read()
        assert [(entry.method, entry.outcome) for entry in entries] == [("Annotations.add", "refused")]


async def test_who_may_only_look_is_told_so() -> None:
    async with evolution(matomo(), role="view", period=day(1)) as (stage, _):
        await stage.press("A")
        assert "What happened?" not in stage.text
        await stage.press("a")
        assert "needs write access to Shop; this token has view" in stage.text
        await stage.press("escape")
        assert "Visits Sun 22 Nov" in stage.app.lines[0]


async def test_the_newest_wish_is_the_one_that_is_drawn() -> None:
    served = matomo()
    found = loader(served)
    pane = EvolutionPane(found)
    async with look(pane, size=(100, 16)) as stage:
        for back in (9, 8, 7, 1):
            pane.show(ReportRequest(query(period=day(back)), report("VisitsSummary.get")), "nb_visits")
        await stage.settle()
        assert "Sun 22 Nov 2026" in stage.app.lines[0]
        assert served.cancelled <= 3


def young(created: str, first_visit: date) -> tuple[ReportMatomo, Site]:
    """A Matomo with visits from ``first_visit`` on, and a site created on ``created``."""
    site = msgspec.structs.replace(SITE, ts_created=f"{created} 08:00:00")
    return matomo(VisitsSummary__get=over_time(lambda day: visits(day) if day >= first_visit else [])), site


@pytest.mark.parametrize("comparison", [Comparison.NONE, Comparison.PREVIOUS])
async def test_the_chart_of_a_young_site_begins_with_the_site(comparison: Comparison) -> None:
    served, site = young("2026-11-12", date(2026, 11, 14))
    async with evolution(served, site=site, period=day(1), comparison=comparison) as (stage, _):
        assert "24 Oct" not in stage.text
        await stage.press("home")
        assert "Thu 12 Nov 2026" in stage.app.lines[0]


async def test_the_chart_begins_with_the_first_visits_where_they_are_older_than_the_site() -> None:
    served, site = young("2026-11-20", date(2026, 11, 9))
    async with evolution(served, site=site, period=day(1)) as (stage, _):
        await stage.press("home")
        assert "Mon 9 Nov 2026" in stage.app.lines[0]


async def test_an_old_site_without_visits_keeps_its_empty_days() -> None:
    served, site = young("2026-01-02", date(2026, 11, 9))
    async with evolution(served, site=site, period=day(1)) as (stage, _):
        await stage.press("home")
        assert "Sat 24 Oct 2026" in stage.app.lines[0]


async def test_the_few_months_of_a_young_site_are_charted_by_their_days() -> None:
    served, site = young("2026-10-20", date(2026, 10, 29))
    month = Period.containing("month", TODAY)
    async with evolution(served, site=site, period=month) as (stage, _):
        asked = [(call["period"], call["date"]) for call in served.calls if call["method"] == "VisitsSummary.get"]
        assert asked == [("month", "2025-12-01,2026-11-23"), ("day", "2026-10-01,2026-11-23")]
        assert "Mon 23 Nov 2026" in stage.app.lines[0]
        await stage.press("home")
        assert "Tue 20 Oct 2026" in stage.app.lines[0]

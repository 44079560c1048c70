"""Example arguments for every function of ``matomo_tui.api`` that builds a reading call."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matomo_tui.api
from matomo_tui.api import annotations as notes
from matomo_tui.api import (
    calls,
    goals,
    insights,
    live,
    metadata,
    multi_sites,
    reports,
    row_evolution,
    segment_editor,
    server,
    sites,
    tracking,
    transitions,
    users,
    visit_fields,
    visit_time,
    visits_summary,
)
from matomo_tui.api.calls import Call


@dataclass(frozen=True)
class Example:
    """Objects of the server that the arguments refer to. ``day`` is in the past."""

    site_id: int
    day: str
    segment: str = "deviceType==desktop,deviceType==smartphone"
    goal_id: int = 1
    visitor_id: str = "0000000000000000"
    page_url: str = "https://example.org/"
    page_title: str = "Home"
    label: str = "Direct Entry"
    site_name: str = "a"
    login: str = "nobody"
    subtable: int = 1

    @property
    def days(self) -> str:
        """A multi-date of two days, with a comma: wrong encoding breaks it first."""
        return f"{self.day},{self.day}"

    @property
    def when(self) -> dict[str, Any]:
        """Site, period and date as keyword arguments."""
        return {"site_id": self.site_id, "period": "day", "date": self.day}


Make = Callable[[Example], Call[Any]]

READS: Mapping[str, tuple[Make, ...]] = {
    "annotations.get_all": (lambda e: notes.get_all(e.site_id, period="day", date=e.day, last=30),),
    "calls.untyped": (
        lambda e: calls.untyped("VisitsSummary.getVisits", {"idSite": e.site_id, "period": "day", "date": e.days}),
    ),
    "goals.get": (lambda e: goals.get(e.site_id, "day", e.day, segment=e.segment, goal_id=e.goal_id),),
    "goals.get_goals": (lambda e: goals.get_goals(e.site_id),),
    "goals.get_goal": (lambda e: goals.get_goal(e.site_id, e.goal_id), lambda e: goals.get_goal(e.site_id, 99999)),
    "insights.get_movers_and_shakers": (
        lambda e: insights.get_movers_and_shakers("Actions_getPageUrls", **e.when, limit_increaser=5),
    ),
    "insights.get_movers_and_shakers_overview": (lambda e: insights.get_movers_and_shakers_overview(**e.when),),
    "insights.get_insights_overview": (lambda e: insights.get_insights_overview(**e.when),),
    "live.get_counters": (
        lambda e: live.get_counters(e.site_id, 30),
        lambda e: live.get_counters(e.site_id, 180, columns=(), segment=e.segment),
    ),
    "live.get_last_visits_details": (
        lambda e: live.get_last_visits_details(
            e.site_id,
            limit=5,
            offset=1,
            period="day",
            date=e.day,
            segment=e.segment,
            columns=("idVisit", "actions", "lastActionTimestamp", "actionDetails"),
        ),
        lambda e: live.get_last_visits_details(
            e.site_id, limit=3, min_timestamp=1_600_000_000, period="day", date=e.day
        ),
    ),
    "live.get_last_hits": (
        lambda e: live.get_last_hits((e.site_id,), limit=3, min_timestamp=1_600_000_000),
        lambda _: live.get_last_hits((), limit=3, min_timestamp=1_600_000_000),
    ),
    "live.get_visitor_profile": (lambda e: live.get_visitor_profile(e.site_id, e.visitor_id, limit_visits=2),),
    "live.get_most_recent_visitor_id": (lambda e: live.get_most_recent_visitor_id(e.site_id, segment=e.segment),),
    "metadata.get_report_metadata": (lambda e: metadata.get_report_metadata(e.site_id, date=e.day),),
    "metadata.get_segments_metadata": (lambda e: metadata.get_segments_metadata(e.site_id),),
    "metadata.get_suggested_values_for_segment": (
        lambda e: metadata.get_suggested_values_for_segment(e.site_id, "countryCode"),
    ),
    "multi_sites.get_all": (
        lambda e: multi_sites.get_all("day", e.day, pattern=e.site_name),
        lambda e: multi_sites.get_all("day", e.day, sort="revenue", ascending=True, limit=2, offset=1),
    ),
    "multi_sites.get_total_visits": (lambda e: multi_sites.get_total_visits("day", e.day),),
    "multi_sites.get_all_with_groups": (lambda e: multi_sites.get_all_with_groups("day", e.day, limit=5),),
    "reports.table": (
        lambda e: reports.table(
            "Actions.getPageUrls", **e.when, columns=("nb_hits", "nb_visits"), sort="nb_hits", limit=5
        ),
        lambda e: reports.table("Actions.getPageUrls", **e.when, flat=True, pattern="e", limit=5),
        lambda e: reports.table("Actions.getPageUrls", **e.when, subtable=e.subtable, limit=5),
        lambda e: reports.table("Referrers.getReferrerType", **e.when, segment=e.segment, limit=5),
        lambda e: reports.table("VisitFrequency.get", **e.when),
    ),
    "reports.tables_by_date": (
        lambda e: reports.tables_by_date(
            "VisitsSummary.get", site_id=e.site_id, period="day", date=e.days, columns=("nb_visits", "nb_actions")
        ),
    ),
    "row_evolution.get_row_evolution": (
        lambda e: row_evolution.get_row_evolution(
            "Referrers", "getReferrerType", (e.label,), site_id=e.site_id, period="day", date=e.days
        ),
    ),
    "segment_editor.get_all": (lambda e: segment_editor.get_all(e.site_id),),
    "server.get_matomo_version": (lambda _: server.get_matomo_version(),),
    "server.is_plugin_activated": (lambda _: server.is_plugin_activated("Goals"),),
    "sites.get_sites_with_at_least_view_access": (lambda _: sites.get_sites_with_at_least_view_access(limit=3),),
    "sites.get_pattern_match_sites": (lambda e: sites.get_pattern_match_sites(e.site_name, limit=3),),
    "sites.get_site_from_id": (lambda e: sites.get_site_from_id(e.site_id),),
    "sites.get_sites_id_with_admin_access": (lambda _: sites.get_sites_id_with_admin_access(),),
    "sites.get_sites_id_with_write_access": (lambda _: sites.get_sites_id_with_write_access(),),
    "sites.get_sites_id_with_view_access": (lambda _: sites.get_sites_id_with_view_access(),),
    "sites.get_site_details": (lambda e: sites.get_site_details(e.site_id),),
    "sites.get_site_urls_from_id": (lambda e: sites.get_site_urls_from_id(e.site_id),),
    "sites.get_default_currency": (lambda _: sites.get_default_currency(),),
    "sites.get_default_timezone": (lambda _: sites.get_default_timezone(),),
    "sites.get_sites_from_group": (lambda _: sites.get_sites_from_group("Shops", limit=3),),
    "sites.get_sites_with_admin_access": (lambda e: sites.get_sites_with_admin_access(e.site_name, limit=3),),
    "sites.get_visible_sites": (
        lambda _: sites.get_visible_sites(limit=3),
        lambda e: sites.get_visible_sites(e.site_name, limit=3),
    ),
    "sites.get_sites_groups": (lambda _: sites.get_sites_groups(),),
    "sites.get_timezones_list": (lambda _: sites.get_timezones_list(),),
    "sites.get_currency_list": (lambda _: sites.get_currency_list(),),
    "sites.get_javascript_tag": (lambda e: sites.get_javascript_tag(e.site_id, disable_cookies=True),),
    "sites.get_image_tracking_code": (
        lambda e: sites.get_image_tracking_code(e.site_id, address="stats.example.org/m", action_name="A & b, c"),
    ),
    "tracking.get_tracking_failures": (lambda _: tracking.get_tracking_failures(),),
    "transitions.get_transitions_for_page_url": (
        lambda e: transitions.get_transitions_for_page_url(e.page_url, **e.when),
    ),
    "transitions.get_transitions_for_page_title": (
        lambda e: transitions.get_transitions_for_page_title(e.page_title, **e.when),
    ),
    "users.has_super_user_access": (lambda _: users.has_super_user_access(),),
    "users.get_users": (lambda _: users.get_users(), lambda e: users.get_users((e.login, "anonymous"))),
    "users.get_user": (lambda e: users.get_user(e.login),),
    "users.user_exists": (lambda e: users.user_exists(e.login),),
    "users.get_user_login_from_user_email": (lambda e: users.get_user_login_from_user_email(f"{e.login}@example.org"),),
    "users.get_users_having_super_user_access": (lambda _: users.get_users_having_super_user_access(),),
    "users.get_users_plus_role": (
        lambda e: users.get_users_plus_role(e.site_id, limit=5),
        lambda e: users.get_users_plus_role(e.site_id, limit=5, search=e.login, access="some"),
    ),
    "users.get_users_access_from_site": (lambda e: users.get_users_access_from_site(e.site_id),),
    "users.get_sites_access_for_user": (lambda e: users.get_sites_access_for_user(e.login, limit=5),),
    "visit_fields.get_custom_dimensions": (lambda e: visit_fields.get_custom_dimensions(e.site_id),),
    "visit_fields.get_visit_fields": (lambda e: visit_fields.get_visit_fields(e.site_id, 1),),
    "visit_time.get_by_site_hour": (lambda e: visit_time.get_by_site_hour(e.site_id, "day", e.day, segment=e.segment),),
    "visits_summary.get_visits_of_sites_by_date": (
        lambda e: visits_summary.get_visits_of_sites_by_date((e.site_id,), "day", e.days),
        lambda e: visits_summary.get_visits_of_sites_by_date((e.site_id,), "day", e.days, segment=e.segment),
    ),
    "visits_summary.get": (lambda e: visits_summary.get(e.site_id, "day", e.day, segment=e.segment),),
}
"""By module and function: calls to compare, several where arguments change what is sent."""

SLOW = frozenset(
    {
        "insights.get_insights_overview",
        "insights.get_movers_and_shakers_overview",
        "metadata.get_suggested_values_for_segment",
    }
)
"""Those that take a server seconds: as the highest and the lowest role only."""

WRITES = frozenset(
    {
        "annotations.add",
        "goals.add_goal",
        "goals.delete_goal",
        "goals.update_goal",
        "segment_editor.add",
        "segment_editor.delete",
        "segment_editor.update",
        "sites.add_site",
        "sites.delete_site",
        "sites.update_site",
        "users.add_user",
        "users.delete_user",
        "users.invite_user",
        "users.resend_invite",
        "users.set_super_user_access",
        "users.set_user_access",
        "users.update_user",
        "users.with_confirmation",
    }
)
"""Those that change something: the writes of a throw-away site try them."""


def builders() -> dict[str, Callable[..., Any]]:
    """Every public function of ``matomo_tui.api`` that builds a call, by module and name."""
    found: dict[str, Callable[..., Any]] = {}
    for info in pkgutil.iter_modules(matomo_tui.api.__path__):
        module = importlib.import_module(f"matomo_tui.api.{info.name}")
        for name, made in inspect.getmembers(module, inspect.isfunction):
            makes_call = str(inspect.signature(made).return_annotation).startswith("Call[")
            if made.__module__ == module.__name__ and not name.startswith("_") and makes_call:
                found[f"{info.name}.{name}"] = made
    return found

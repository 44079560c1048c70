"""Matomo's SitesManager module: the forms of a site's settings, declared in ``site_forms.json``."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.data import load
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.method_registry import method

_LISTS: tuple[str, ...] = ("excluded_ips", "excluded_parameters", "excluded_user_agents", "excluded_referrers")
_LISTS += ("sitesearch_keyword_parameters", "sitesearch_category_parameters")


def _form(plugin: str, values: dict[str, Json]) -> Json:
    return [
        {
            "pluginName": name,
            "title": name,
            "settings": [_field(dict(row), values) for row in load("site_forms")[group]],
        }
        for name, group in ((plugin, "settings"), ("Live", "live"))
    ]


def _field(row: dict[str, Json], values: dict[str, Json]) -> dict[str, Json]:
    name, title, default, condition = (row.pop(key) for key in ("name", "title", "defaultValue", "condition"))
    field = {"name": name, "title": title, "value": values.get(name, default), "defaultValue": default}
    return {**field, **row, "introduction": None, "condition": condition, "fullWidth": False}


def _values(call: ApiRequest, site: StoredSite) -> dict[str, Json]:
    return {
        "urls": [url for url in (site.main_url, *site.aliases) if url],
        "exclude_unknown_urls": site.exclude_unknown_urls,
        "keep_url_fragment": str(site.keep_url_fragment),
        "sitesearch": int(site.sitesearch),
        "use_default_site_search_params": not site.sitesearch_keyword_parameters,
        "ecommerce": int(site.ecommerce),
        "disable_visitor_log": call.options.is_disabled("visits_log", site.id),
        "disable_visitor_profile": call.options.is_disabled("visitor_profile", site.id),
        **{name: getattr(site, name).split(",") for name in _LISTS},
    }


method("SitesManager.getSiteSettings")(lambda call: _form("WebsiteMeasurable", _values(call, call.site("admin"))))


@method("API.getAvailableMeasurableTypes", "view")
def get_available_measurable_types(_: ApiRequest) -> Json:
    names = ("id", "name", "description", "howToSetupUrl", "settings")
    how_to = "?module=CoreAdminHome&action=trackingCodeGenerator"
    return [
        dict(zip(names, (*texts, how_to, _form(plugin, {})), strict=True))
        for *texts, plugin in load("site_forms")["types"]
    ]

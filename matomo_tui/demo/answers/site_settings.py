"""A site's settings as a form, as ``SitesManager.getSiteSettings`` and ``API.getAvailableMeasurableTypes`` describe."""

from __future__ import annotations

from typing import NamedTuple

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.method_registry import method


class _Setting(NamedTuple):
    """One field: ``value`` when nothing is set, and what it looks like."""

    name: str
    title: str
    value: Json
    type: str
    control: str
    help: str | None = None
    values: Json = None
    attributes: Json = ()
    description: str | None = None
    condition: str | None = None


_AREA = {"cols": "20", "rows": "4"}
_SEARCH = "sitesearch && !use_default_site_search_params"
_SETTINGS = (
    _Setting(
        "urls", "URLs", [], "array", "textarea", "All addresses of the website.", None, {"cols": "25", "rows": "3"}
    ),
    _Setting(
        "exclude_unknown_urls", "Only track known URLs", False, "boolean", "checkbox", "Keeps out other websites."
    ),
    _Setting(
        "keep_url_fragment",
        "Keep Page URL fragments when tracking Page URLs",
        "0",
        "string",
        "select",
        values={"0": "No (Default)", "1": "Yes", "2": "No"},
    ),
    _Setting("excluded_ips", "Excluded IPs", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting("excluded_parameters", "Excluded Parameters", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting("excluded_user_agents", "Excluded User Agents", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting("excluded_referrers", "Excluded referrers", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting(
        "sitesearch",
        "Site Search",
        1,
        "integer",
        "select",
        "What visitors look for on the website.",
        {"1": "Site Search tracking enabled", "0": "Do not track Site Search"},
    ),
    _Setting(
        "use_default_site_search_params",
        "Use default Site Search parameters",
        True,
        "boolean",
        "checkbox",
        description="Query parameter (Default): q,query,s,search,searchword,k,keyword,keywords & Category parameter: ",
        condition="1 && sitesearch",
    ),
    _Setting(
        "sitesearch_keyword_parameters", "Query parameter", [], "array", "text", "Comma-separated.", condition=_SEARCH
    ),
    _Setting(
        "sitesearch_category_parameters",
        "Category parameter",
        [],
        "array",
        "text",
        "Comma-separated.",
        condition=_SEARCH,
    ),
    _Setting(
        "ecommerce",
        "Ecommerce",
        0,
        "integer",
        "select",
        "Orders and carts.",
        {"0": "Not an Ecommerce site", "1": "Ecommerce enabled"},
    ),
)
_LIVE = (
    _Setting(
        "disable_visitor_log", "Turn off visits log and visitor profiles", False, "boolean", "checkbox", "For all."
    ),
    _Setting(
        "disable_visitor_profile",
        "Turn off visitor profiles",
        False,
        "boolean",
        "checkbox",
        "Visits stay.",
        condition="disable_visitor_log==0",
    ),
)
_HOW_TO = "?module=CoreAdminHome&action=trackingCodeGenerator"
_TYPES = (
    ("website", "Website", "Pages of one domain on the web.", "WebsiteMeasurable"),
    ("intranet", "Intranet Website", "Pages on an internal network.", "IntranetMeasurable"),
)


def _form(ask: ApiRequest, site: StoredSite | None, plugin: str) -> Json:
    values = {} if site is None else _values(ask, site)
    groups = ((plugin, _SETTINGS), ("Live", _LIVE))
    return [
        {"pluginName": name, "title": name, "settings": [_field(setting, values) for setting in settings]}
        for name, settings in groups
    ]


def _field(setting: _Setting, values: dict[str, Json]) -> dict[str, Json]:
    return {
        "name": setting.name,
        "title": setting.title,
        "value": values.get(setting.name, setting.value),
        "defaultValue": setting.value,
        "type": setting.type,
        "uiControl": setting.control,
        "uiControlAttributes": setting.attributes or [],
        "availableValues": setting.values,
        "description": setting.description,
        "inlineHelp": setting.help,
        "introduction": None,
        "condition": setting.condition,
        "fullWidth": False,
    }


def _values(ask: ApiRequest, site: StoredSite) -> dict[str, Json]:
    lists = ("excluded_ips", "excluded_parameters", "excluded_user_agents", "excluded_referrers")
    searches = ("sitesearch_keyword_parameters", "sitesearch_category_parameters")
    return {
        "urls": [url for url in (site.main_url, *site.aliases) if url],
        "exclude_unknown_urls": site.exclude_unknown_urls,
        "keep_url_fragment": str(site.keep_url_fragment),
        "sitesearch": int(site.sitesearch),
        "use_default_site_search_params": not site.sitesearch_keyword_parameters,
        "ecommerce": int(site.ecommerce),
        "disable_visitor_log": ask.options.is_disabled("visits_log", site.id),
        "disable_visitor_profile": ask.options.is_disabled("visitor_profile", site.id),
        **{name: getattr(site, name).split(",") for name in (*lists, *searches)},
    }


@method("SitesManager.getSiteSettings")
def get_site_settings(ask: ApiRequest) -> Json:
    """The settings of one site with their values; for its administrators."""
    return _form(ask, ask.site("admin"), "WebsiteMeasurable")


@method("API.getAvailableMeasurableTypes")
def get_available_measurable_types(ask: ApiRequest) -> Json:
    """What a site can be, with the settings that it has."""
    ask.check_somewhere("view")
    return [
        {
            "id": name,
            "name": title,
            "description": description,
            "howToSetupUrl": _HOW_TO,
            "settings": _form(ask, None, plugin),
        }
        for name, title, description, plugin in _TYPES
    ]

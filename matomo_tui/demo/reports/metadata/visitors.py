"""The reports of the category Visitors, and of visits' Engagement and all websites."""

from __future__ import annotations

from collections.abc import Iterator

from matomo_tui.demo.reports.metadata.described import PLACES, RATES_AND_GOALS, Described

_SITES = ("nb_visits", "nb_actions", "nb_pageviews", "revenue", "nb_conversions", "orders", "ecommerce_revenue")
_SITE_NAMES = {
    "orders": "Ecommerce Orders",
    "visits_evolution": "Visits Evolution",
    "actions_evolution": "Actions Evolution",
    "pageviews_evolution": "Pageviews Evolution",
    "revenue_evolution": "Revenue Evolution",
    "nb_conversions_evolution": "Conversions Evolution",
    "orders_evolution": "Ecommerce Orders Evolution",
    "ecommerce_revenue_evolution": "Product Revenue Evolution",
}
_EVOLUTIONS = tuple(name for name in _SITE_NAMES if name.endswith("_evolution"))


def all_websites() -> Iterator[Described]:
    """One line a site, or one site alone."""
    about = "The main figures of each website, and how they changed against the period before."
    for name, action in (("All Websites dashboard", "getAll"), ("Single Website dashboard", "getOne")):
        yield Described(
            "All Websites", "", name, "MultiSites", action, about, "Website", _SITES, _EVOLUTIONS, names=_SITE_NAMES
        )


def _place(name: str, action: str, about: str) -> Described:
    return Described("Visitors", "Locations", name, "UserCountry", action, about, name, metrics=PLACES, goals="visit")


def _language(name: str, action: str, about: str, related: tuple[str, str]) -> Described:
    return Described(
        "Visitors",
        "Locations",
        name,
        "UserLanguage",
        action,
        about,
        "Language",
        processed=RATES_AND_GOALS,
        related=((related[0], "UserLanguage", related[1]),),
    )


def _device(name: str, action: str, about: str) -> Described:
    return Described("Visitors", "Devices", name, "DevicesDetection", action, about, name, goals="visit")


def _software(
    name: str, module: str, action: str, about: str, dimension: str, related: tuple[str, str] | None = None
) -> Described:
    return Described(
        "Visitors",
        "Devices" if action == "getResolution" else "Software",
        name,
        module,
        action,
        about,
        dimension,
        processed=RATES_AND_GOALS,
        related=((related[0], module, related[1]),) if related else (),
    )


def visitors() -> Iterator[Described]:
    """Who came, from where, with what and when."""
    yield Described(
        "Visitors",
        "Overview",
        "Visits Summary",
        "VisitsSummary",
        "get",
        "How many visitors came, and what a visit was like.",
        metrics=("nb_uniq_visitors", "nb_visits", "nb_users", "nb_actions", "max_actions"),
        processed=("bounce_rate", "nb_actions_per_visit", "avg_time_on_site"),
        names={"avg_time_on_site": "Avg. Visit Duration (in seconds)"},
    )
    yield _place("Country", "getCountry", "The countries that visitors were in.")
    yield _place("Continent", "getContinent", "The continents that visitors were on.")
    yield _place(
        "Region",
        "getRegion",
        "The regions that visitors were in.<br/>This server's database of addresses knows no regions.",
    )
    yield _language(
        "Web-browser language",
        "getLanguage",
        'The languages of visitors\' browsers, such as "French".',
        ("Language code", "getLanguageCode"),
    )
    yield _place("City", "getCity", "The cities that visitors were in, as far as their addresses tell.")
    yield _language(
        "Language code",
        "getLanguageCode",
        "The exact codes of the languages of visitors' browsers.",
        ("Web-browser language", "getLanguage"),
    )
    yield from _devices()
    yield from _times()


def _devices() -> Iterator[Described]:
    yield _device(
        "Device type",
        "getType",
        "The kinds of devices that visitors used. Kinds that nobody came with are told too.",
    )
    yield _device("Device model", "getModel", "The models of visitors' devices.")
    yield _device("Device brand", "getBrand", "The makers of visitors' devices.")
    yield _software(
        "Screen Resolution",
        "Resolution",
        "getResolution",
        "The sizes of visitors' screens.",
        "Resolution",
        ("Configurations", "getConfiguration"),
    )
    yield _software(
        "Operating System versions",
        "DevicesDetection",
        "getOsVersions",
        "The versions of visitors' operating systems.",
        "Operating system version",
        ("Operating System families", "getOsFamilies"),
    )
    yield Described(
        "Visitors",
        "Software",
        "Browsers",
        "DevicesDetection",
        "getBrowsers",
        "The browsers that visitors came with.",
        "Browser",
        goals="visit",
        related=(("Browser version", "DevicesDetection", "getBrowserVersions"),),
    )
    yield _software(
        "Browser version",
        "DevicesDetection",
        "getBrowserVersions",
        "The versions of visitors' browsers.",
        "Browser version",
        ("Browsers", "getBrowsers"),
    )
    yield _software(
        "Configurations",
        "Resolution",
        "getConfiguration",
        "Operating system, browser and screen together.",
        "Configuration",
        ("Screen Resolution", "getResolution"),
    )
    yield _software(
        "Operating System families",
        "DevicesDetection",
        "getOsFamilies",
        "The operating systems that visitors came with, without their versions.",
        "Operating system family",
        ("Operating System versions", "getOsVersions"),
    )
    yield _software(
        "Browser engines",
        "DevicesDetection",
        "getBrowserEngines",
        "What visitors' browsers draw pages with.",
        "Browser engine",
    )
    yield Described(
        "Visitors",
        "Software",
        "Browser Plugins",
        "DevicePlugins",
        "getPlugin",
        "What visitors' browsers have built or plugged in.",
        "Plugin",
        metrics=("nb_visits",),
        processed=("nb_visits_percentage",),
        constant=True,
    )


def _times() -> Iterator[Described]:
    yield Described(
        "Visitors",
        "Times",
        "Visits per local time",
        "VisitTime",
        "getVisitInformationPerLocalTime",
        "The hour on visitors' own clocks when they came.",
        "Local time — hour (start of visit)",
        processed=RATES_AND_GOALS,
        constant=True,
        related=(("Visits by day of the week", "VisitTime", "getByDayOfWeek"),),
    )
    yield Described(
        "Visitors",
        "Times",
        "Visits per hour in the site's timezone",
        "VisitTime",
        "getVisitInformationPerServerTime",
        "The hour in the website's time zone when visitors came.",
        "Site time — hour (start of visit)",
        goals="visit",
        constant=True,
    )
    yield Described(
        "Visitors",
        "Times",
        "Visits by day of the week",
        "VisitTime",
        "getByDayOfWeek",
        "The days of the week on which visitors came.",
        "Day of the week",
        processed=RATES_AND_GOALS,
        constant=True,
        related=(("Visits per local time", "VisitTime", "getVisitInformationPerLocalTime"),),
    )
    yield Described(
        "Visitors",
        "User IDs",
        "User IDs",
        "UserId",
        "getUsers",
        "Who was logged in.",
        "UserId",
        metrics=("label", "nb_visits", "nb_actions", "nb_visits_converted"),
        processed=RATES_AND_GOALS,
        names={"label": "User ID"},
        guide=True,
    )


def _interest(name: str, action: str, about: str, dimension: str, processed: tuple[str, ...] = ()) -> Described:
    return Described(
        "Actions",
        "Engagement",
        name,
        "VisitorInterest",
        action,
        about,
        dimension,
        metrics=("nb_visits",),
        processed=processed,
        constant=True,
    )


_HALVES = {
    "nb_visits_returning": "Returning Visits",
    "nb_actions_returning": "Actions by Returning Visits",
    "nb_uniq_visitors_returning": "Unique returning visitors",
    "nb_users_returning": "Returning Users",
    "max_actions_returning": "Maximum actions in one returning visit",
    "nb_visits_new": "New Visits",
    "nb_actions_new": "Actions by New Visits",
    "nb_uniq_visitors_new": "Unique new visitors",
    "nb_users_new": "New Users",
    "max_actions_new": "Maximum actions in one new visit",
    "avg_time_on_site_returning": "Avg. Duration of a Returning Visit (in sec)",
    "nb_actions_per_visit_returning": "Avg. Actions per Returning Visit",
    "bounce_rate_returning": "Bounce Rate for Returning Visits",
    "avg_time_on_site_new": "Avg. Duration of a New Visit (in sec)",
    "nb_actions_per_visit_new": "Avg. Actions per New Visit",
    "bounce_rate_new": "Bounce Rate for New Visits",
}
_HALF_TYPES = {"bounce_rate_returning": "percent", "bounce_rate_new": "percent"}

_LOAD_TIMES: tuple[str, ...] = ("avg_time_network", "avg_time_server", "avg_time_transfer")
_LOAD_TIMES += ("avg_time_dom_processing", "avg_time_dom_completion", "avg_time_on_load", "avg_page_load_time")


def frequency() -> Described:
    """New and returning visits."""
    return Described(
        "Actions",
        "Engagement",
        "Returning Visits",
        "VisitFrequency",
        "get",
        "How much visitors who came back did, beside those who came for the first time.",
        metrics=tuple(_HALVES)[:10],
        processed=tuple(_HALVES)[10:],
        names=_HALVES,
        types=_HALF_TYPES,
    )


def performance() -> Described:
    """How fast pages were."""
    return Described(
        "Actions",
        "Performance",
        "Performance overview",
        "PagePerformance",
        "get",
        "How long pages took until they were there.",
        metrics=_LOAD_TIMES,
        processed=_LOAD_TIMES,
        guide=True,
    )


def engagement() -> Iterator[Described]:
    """How long, how often, how many pages."""
    yield _interest("Length of visits", "getNumberOfVisitsPerVisitDuration", "How long visits took.", "Visit duration")
    yield _interest("Pages per visit", "getNumberOfVisitsPerPage", "How many pages a visit had.", "Pages per visit")
    yield _interest(
        "Visits by visit number",
        "getNumberOfVisitsByVisitCount",
        "Which of their visits it was for visitors.",
        "Visits by visit number",
        ("nb_visits_percentage",),
    )
    yield _interest(
        "Visits by days since last visit",
        "getNumberOfVisitsByDaysSinceLast",
        "How many days visitors stayed away before.",
        "Days since last visit",
    )
    yield frequency()
    yield performance()

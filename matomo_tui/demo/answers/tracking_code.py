"""Matomo's SitesManager module: the code that goes into a site's pages."""

from __future__ import annotations

import html
import json
from urllib.parse import urlencode, urlsplit

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.escaping import decoded
from matomo_tui.demo.method_registry import method

_DEMO = "demo.matomo.example"


def _address(ask: ApiRequest) -> str:
    """The Matomo's address without its scheme."""
    given = decoded(ask.text("piwikUrl", _DEMO))
    return given.removeprefix("https://").removeprefix("http://").rstrip("/")


@method("SitesManager.getJavascriptTag")
def get_javascript_tag(ask: ApiRequest) -> Json:
    """The script with its options. Matomo escapes it for a page, and decodes it again where JSON is asked for."""
    site = ask.site()
    before = "".join(f"  _paq.push({json.dumps(command)});\n" for command in _commands(ask, site))
    base = f"//{_address(ask)}/"
    code = (
        "<!-- Matomo -->\n<script>\n"
        "  var _paq = window._paq = window._paq || [];\n"
        f"{before}"
        "  _paq.push(['trackPageView']);\n"
        "  _paq.push(['enableLinkTracking']);\n"
        "  (function() {\n"
        f'    var u="{base}";\n'
        "    _paq.push(['setTrackerUrl', u+'matomo.php']);\n"
        f"    _paq.push(['setSiteId', '{site.id}']);\n"
        "    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];\n"
        "    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);\n"
        "  })();\n</script>\n"
    )
    if ask.flag("trackNoScript"):
        query = html.escape(urlencode({"idsite": site.id, "rec": 1}))
        code += f'<noscript><p><img src="{base}matomo.php?{query}" style="border:0;" alt="" /></p></noscript>\n'
    return f"{code}<!-- End Matomo Code -->\n"


def _commands(ask: ApiRequest, site: StoredSite) -> list[list[object]]:
    commands: list[list[object]] = []
    hosts = [urlsplit(url).netloc for url in (site.main_url, *site.aliases) if "//" in url]
    if ask.flag("groupPageTitlesByDomain"):
        commands.append(["setDocumentTitle", "document.domain + '/' + document.title"])
    if ask.flag("mergeSubdomains") and hosts:
        commands.append(["setCookieDomain", f"*.{hosts[0].removeprefix('www.')}"])
    if ask.flag("mergeAliasUrls") or ask.flag("crossDomain") or ask.flag("mergeSubdomains"):
        commands.append(["setDomains", [f"*.{host.removeprefix('www.')}" for host in hosts]])
    for wanted, command in (
        ("crossDomain", ["enableCrossDomainLinking"]),
        ("doNotTrack", ["setDoNotTrack", True]),
        ("disableCookies", ["disableCookies"]),
    ):
        if ask.flag(wanted):
            commands.append(list(command))
    return commands


@method("SitesManager.getImageTrackingCode")
def get_image_tracking_code(ask: ApiRequest) -> Json:
    """A picture that tracks without JavaScript; Matomo asks for no access here."""
    query: dict[str, object] = {"idsite": ask.number("idSite"), "rec": 1}
    if ask.params.get("actionName"):
        query["action_name"] = decoded(ask.params["actionName"])
    if ask.params.get("idGoal"):
        query["idgoal"] = ask.number("idGoal")
        if ask.params.get("revenue"):
            query["revenue"] = ask.params["revenue"]
    source = html.escape(f"https://{_address(ask)}/matomo.php?{urlencode(query)}")
    return f'<!-- Matomo Image Tracker-->\n<img src="{source}" style="border:0" alt="" />\n<!-- End Matomo -->'

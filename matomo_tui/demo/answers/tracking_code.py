"""Matomo's SitesManager module: the code that a site's pages include to be tracked."""

from __future__ import annotations

import html
import json
from urllib.parse import urlencode, urlsplit

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.data import text
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.php import decoded


def _address(call: ApiRequest) -> str:
    """The Matomo URL without its scheme."""
    given = decoded(call.text("piwikUrl", "demo.matomo.example"))
    return given.removeprefix("https://").removeprefix("http://").rstrip("/")


@method("SitesManager.getJavascriptTag")
def get_javascript_tag(call: ApiRequest) -> Json:
    """The tracking script with its options. Matomo escapes it for HTML, and decodes it again for JSON."""
    site = call.site()
    base = f"//{_address(call)}/"
    picture = html.escape(urlencode({"idsite": site.id, "rec": 1}))
    noscript = f'<noscript><p><img src="{base}matomo.php?{picture}" style="border:0;" alt="" /></p></noscript>\n'
    code = text("tracking_code.txt").replace("@base", base).replace("@site", str(site.id))
    code = code.replace("@noscript", noscript if call.flag("trackNoScript") else "")
    return code.replace("@commands", "".join(f"  _paq.push({json.dumps(each)});\n" for each in _commands(call, site)))


def _commands(call: ApiRequest, site: StoredSite) -> list[list[object]]:
    urls = (site.main_url, *site.aliases)
    hosts = [f"*.{urlsplit(url).netloc.removeprefix('www.')}" for url in urls if "//" in url]
    domains = call.flag("mergeAliasUrls") or call.flag("crossDomain") or call.flag("mergeSubdomains")
    wanted: tuple[tuple[object, list[object]], ...] = (
        (call.flag("groupPageTitlesByDomain"), ["setDocumentTitle", "document.domain + '/' + document.title"]),
        (call.flag("mergeSubdomains") and hosts, ["setCookieDomain", *hosts[:1]]),
        (domains, ["setDomains", hosts]),
        (call.flag("crossDomain"), ["enableCrossDomainLinking"]),
        (call.flag("doNotTrack"), ["setDoNotTrack", True]),
        (call.flag("disableCookies"), ["disableCookies"]),
    )
    return [command for needed, command in wanted if needed]


@method("SitesManager.getImageTrackingCode")
def get_image_tracking_code(call: ApiRequest) -> Json:
    """The tracking pixel; like Matomo, requires no access."""
    query: dict[str, object] = {"idsite": call.number("idSite"), "rec": 1}
    if call.params.get("actionName"):
        query["action_name"] = decoded(call.params["actionName"])
    if call.params.get("idGoal"):
        query["idgoal"] = call.number("idGoal")
        if call.params.get("revenue"):
            query["revenue"] = call.params["revenue"]
    source = html.escape(f"https://{_address(call)}/matomo.php?{urlencode(query)}")
    return f'<!-- Matomo Image Tracker-->\n<img src="{source}" style="border:0" alt="" />\n<!-- End Matomo -->'

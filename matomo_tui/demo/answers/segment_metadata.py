"""Matomo's API module: what segments can be made of."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.segments import values_of

_LOOKED_AT = 600
_SUGGESTED = 30
_FAR_BACK = 2 * 86_400

# Category: type | name | segment | accepted values
_TABLE = """
Visitors
metric|Actions In Visit|actions
metric|Days since first visit|daysSinceFirstVisit
metric|Days since last Ecommerce order|daysSinceLastEcommerceOrder
metric|Days since last visit|daysSinceLastVisit
metric|Events|events|How many events the visit had, such as 3
metric|Number of Interactions|interactions|Any positive integer
metric|Number of Internal Searches|searches|How many searches the visit had, such as 1
metric|Number of visits|visitCount
metric|Visit Duration (in seconds)|visitDuration
metric|Visitor IP|visitIp|13.54.122.1
dimension|Browser|browserName|Firefox, Chrome, Safari etc.
dimension|Browser code|browserCode|FF, CH, SF etc.
dimension|Browser engine|browserEngine|WebKit, Gecko, Blink
dimension|Browser version|browserVersion|131.0 etc.
dimension|Device brand|deviceBrand|Apple, Samsung, Fairphone etc.
dimension|Device model|deviceModel|iPhone, iPad, Pixel 8 etc.
dimension|Device type|deviceType|desktop, smartphone, tablet, feature phone, console, tv
dimension|Fingerprint|fingerprint|any 16 hexadecimal characters
dimension|Local time — hour (start of visit)|visitLocalHour|0, 1, 2, 3, ..., 20, 21, 22, 23
dimension|Operating system|operatingSystemName|Windows, Mac, Android, iOS etc.
dimension|Operating system code|operatingSystemCode|WIN, MAC, AND, IOS etc.
dimension|Operating system version|operatingSystemVersion|11, 18.1, ...
dimension|Resolution|resolution|1920x1080, 390x844, etc.
dimension|Site time — hour (start of visit)|visitStartServerHour|0, 1, 2, 3, ..., 20, 21, 22, 23
dimension|Site time — hour (time of last action)|visitServerHour|0, 1, 2, 3, ..., 20, 21, 22, 23
dimension|User ID|userId|any non empty unique string identifying the user
dimension|Visit Ecommerce status at the end of the visit|visitEcommerceStatus|none, ordered, abandonedCart, \
orderedThenAbandonedCart
dimension|Visit ID|visitId|Any integer.
dimension|Visit converted a specific Goal Id|visitConvertedGoalId|1, 2, 3, etc.
dimension|Visit converted a specific Goal Name|visitConvertedGoalName|Newsletter sign-up, etc.
dimension|Visit converted at least one Goal|visitConverted|0, 1
dimension|Visit type|visitorType|new, returning, returningCustomer
dimension|Visitor ID|visitorId|any 16 hexadecimal characters
Visitor location
dimension|City|city|Sydney, São Paulo, Roma, etc.
dimension|Continent|continentCode|eur, asi, amc, amn, ams, afr, ant, oce
dimension|Country|countryName|Germany, France, Spain, ...
dimension|Country code|countryCode|ISO 3166-1 alpha-2 country codes (de, us, fr, in, es, etc.)
dimension|Language|languageCode|de, fr, en-gb, zh-cn, etc.
dimension|Region|regionCode|01 02, OR, P8, etc.
Behaviour
dimension|Action Type|actionType|pageviews, contents, sitesearches, events, outlinks, downloads
dimension|Action URL|actionUrl
dimension|Category (Site Search)|siteSearchCategory
dimension|Clicked Outlink|outlinkUrl
dimension|Content Interaction|contentInteraction|click
dimension|Content Name|contentName
dimension|Content Piece|contentPiece
dimension|Content Target|contentTarget
dimension|Download URL|downloadUrl
dimension|Entry Page URL|entryPageUrl
dimension|Entry Page title|entryPageTitle
dimension|Exit Page Title|exitPageTitle
dimension|Exit Page URL|exitPageUrl
dimension|Keyword (Site Search)|siteSearchKeyword
dimension|Keyword count (Site Search)|siteSearchCount
dimension|Page Title|pageTitle
dimension|Page URL|pageUrl|All segments must be URL encoded
Events
metric|Event value|eventValue
dimension|Event Action|eventAction
dimension|Event Category|eventCategory
dimension|Event Name|eventName
dimension|Event URL|eventUrl|The URL must be URL encoded
Acquisition
dimension|Channel Type|referrerType|direct, search, website, campaign, social
dimension|Keyword|referrerKeyword|Encoded%20Keyword, keyword
dimension|Referrer Name|referrerName|chatgpt.com, Bing, Google, Instagram, campaign name
dimension|Referrer URL|referrerUrl|http%3A%2F%2Fwww.example.org%2Freferer-page.htm
"""
_COMMERCE = """
Ecommerce
metric|Order ID|orderId
dimension|Product Category|productCategory
dimension|Product Name|productName
dimension|Product SKU|productSku
"""
_PERMITTED = frozenset({"visitIp", "fingerprint", "userId", "visitId", "visitorId"})
_UNIONS = {"actionUrl": ["pageUrl", "downloadUrl", "outlinkUrl"], "productCategory": ["productCategory"]}


def _entries(table: str) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    category = ""
    for line in table.strip().splitlines():
        if "|" not in line:
            category = line
            continue
        kind, name, segment, *accepted = line.split("|")
        entry: dict[str, Json] = {"type": kind, "category": category, "name": name, "segment": segment}
        if accepted:
            entry["acceptedValues"] = accepted[0]
        if segment in _PERMITTED:
            entry["permission"] = True
        if segment in _UNIONS:
            entry["unionOfSegments"] = _UNIONS[segment]
        found.append(entry)
    return found


@method("API.getSegmentsMetadata", filters_itself=True)
def get_segments_metadata(ask: ApiRequest) -> Json:
    """The dimensions and metrics of segments; a shop's only where a shop is among the sites."""
    name = "idSites" if ask.params.get("idSites") else "idSite"
    text = ask.params.get(name, "")
    if text:
        ask = ApiRequest({**ask.params, "idSite": text}, ask.user, ask.store, ask.now, ask.options)
        sites, _ = ask.sites()
    else:
        ask.check_somewhere("view")
        sites = list(ask.store.world.sites_with(ask.user, "view", "write", "admin", "superuser"))
    found = _entries(_TABLE)
    return found + _entries(_COMMERCE) if any(site.ecommerce for site in sites) else found


@method("API.getSuggestedValuesForSegment", filters_itself=True)
async def get_suggested_values_for_segment(ask: ApiRequest) -> Json:
    """What visits had lately, the most frequent first."""
    site = ask.site()
    name = ask.text("segmentName")
    values = values_of(name)
    counted: Counter[str] = Counter()
    newest = ask.store.newest(site, ask.now, ask.now - _FAR_BACK)
    for number, sighting in enumerate(islice(newest, _LOOKED_AT)):
        visit = ask.store.visit(site, sighting, ask.now)
        counted.update({str(value) for value in values(visit) if value not in ("", None)})
        if not number % 50:
            await asyncio.sleep(0)
    return [value for value, _ in counted.most_common(_SUGGESTED)]

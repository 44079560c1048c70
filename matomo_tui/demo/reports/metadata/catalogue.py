"""Every report of the demo, declared once, in the order of ``API.getReportMetadata``.

A heading names category and subcategory. An entry has a line with method, name, dimension (``=``: the same as the
name), columns (a key of ``COLUMN_SETS``) and options, then a line of documentation.

A report of visits by a dimension also says here how visits are grouped: ``by device: browser browser_code`` makes a row
for each different pair of these attributes of the visit's device; ``by source search: …`` leaves out visits of other
channels. Templates for the row's label and metadata follow, in which ``{1}`` is the second attribute. ``to …`` is the
second level, which the rows open to.
"""

from __future__ import annotations

from dataclasses import replace

from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.reports.metadata.described_columns import COLUMN_SETS, NAMES, DescribedColumns
from matomo_tui.demo.reports.metadata.entry import ReportEntry, parse
from matomo_tui.demo.version import Version

_TABLE = """
# All Websites
MultiSites.getAll | All Websites dashboard | Website | sites |
    The main figures of each website, and how they changed against the period before.
MultiSites.getOne | Single Website dashboard | Website | sites |
    The main figures of each website, and how they changed against the period before.
# Visitors > Overview
VisitsSummary.get | Visits Summary | | summary |
    How many visitors came, and what a visit was like.
# Visitors > Locations
UserCountry.getCountry | Country | = | places |
    The countries that visitors were in.
    by place: code country | {1} | code: {0} | logo: flags/{0}.png | segment: countryCode=={0} | logoHeight: 16
UserCountry.getContinent | Continent | = | places |
    The continents that visitors were on.
    by place: continent | {0} | code: {0}
UserCountry.getRegion | Region | = | places |
    The regions that visitors were in.<br/>This server's database of addresses knows no regions.
    by place: code country | Unknown, {1} | segment: regionCode==;countryCode=={0} | region: xx | country: {0} \
| country_name: {1} | region_name: Unknown | logo: flags/{0}.png
UserLanguage.getLanguage | Web-browser language | Language | visits | related:getLanguageCode
    The languages of visitors' browsers, such as "French".
    by place: language_code language | {1} | segment: languageCode=={0}
UserCountry.getCity | City | = | places |
    The cities that visitors were in, as far as their addresses tell.
    by place: city_code code country city_name | {3}, {2} | segment: city=={0:q};regionCode==;countryCode=={1} \
| city_name: {3} | region: xx | country: {1} | country_name: {2} | region_name: Unknown | logo: flags/{1}.png
UserLanguage.getLanguageCode | Language code | Language | visits | related:getLanguage
    The exact codes of the languages of visitors' browsers.
    by place: language_code language | {1} ({0}) | segment: languageCode=={0}
# Visitors > Devices
DevicesDetection.getType | Device type | = | visits and goals |
    The kinds of devices that visitors used. Kinds that nobody came with are told too.
    by device: type | {0} | segment: deviceType=={0:lq} | logo: devices/{0:l_}.png
DevicesDetection.getModel | Device model | = | visits and goals |
    The models of visitors' devices.
    by device: full_model model | {0} | segment: deviceModel=={1:q}
DevicesDetection.getBrand | Device brand | = | visits and goals |
    The makers of visitors' devices.
    by device: brand | {0} | segment: deviceBrand=={0} | logo: brand/{0}.png
Resolution.getResolution | Screen Resolution | Resolution | visits | related:getConfiguration
    The sizes of visitors' screens.
    by device: resolution | {0} | segment: resolution=={0}
# Visitors > Software
DevicesDetection.getOsVersions | Operating System versions | Operating system version | visits | related:getOsFamilies
    The versions of visitors' operating systems.
    by device: os os_code os_version os_icon | {0} {2} | logo: os/{3}.png \
| segment: operatingSystemCode=={1};operatingSystemVersion=={2:q}
DevicesDetection.getBrowsers | Browsers | Browser | visits and goals | related:getBrowserVersions
    The browsers that visitors came with.
    by device: browser browser_code | {0} | logo: browsers/{1}.png | segment: browserCode=={1}
DevicesDetection.getBrowserVersions | Browser version | = | visits | related:getBrowsers
    The versions of visitors' browsers.
    by device: browser browser_code browser_version | {0} {2} | logo: browsers/{1}.png \
| segment: browserCode=={1};browserVersion=={2:q}
Resolution.getConfiguration | Configurations | Configuration | visits | related:getResolution
    Operating system, browser and screen together.
    by device: os browser resolution | {0} / {1} / {2} \
| segment: operatingSystemName=={0:q};browserName=={1:q};resolution=={2}
DevicesDetection.getOsFamilies | Operating System families | Operating system family | visits | related:getOsVersions
    The operating systems that visitors came with, without their versions.
    by device: os_family os_family_icon | {0} | logo: os/{1}.png
DevicesDetection.getBrowserEngines | Browser engines | Browser engine | visits |
    What visitors' browsers draw pages with.
    by device: family | {0} | segment: browserEngine=={0:q}
DevicePlugins.getPlugin | Browser Plugins | Plugin | shares | constant
    What visitors' browsers have built or plugged in.
# Visitors > Times
VisitTime.getVisitInformationPerLocalTime | Visits per local time | Local time — hour (start of visit) | visits \
| constant \
related:getByDayOfWeek
    The hour on visitors' own clocks when they came.
VisitTime.getVisitInformationPerServerTime | Visits per hour in the site's timezone \
| Site time — hour (start of visit) \
| visits and goals | constant
    The hour in the website's time zone when visitors came.
VisitTime.getByDayOfWeek | Visits by day of the week | Day of the week | visits | constant \
related:getVisitInformationPerLocalTime
    The days of the week on which visitors came.
# Visitors > User IDs
UserId.getUsers | User IDs | UserId | users | guide
    Who was logged in.
    by user: user_id | {0} | idvisitor: {0:id} | segment: userId=={0:q}
# Actions
Actions.get | Actions - Main metrics | | main |
    Page views, downloads, outlinks and searches in all.
# Actions > Pages
Actions.getPageUrls | Page URLs | Page URL | pages | opens:= related:getEntryPageUrls,getExitPageUrls
    The pages that were seen, in the folders of their addresses. <br />Open a folder to see what is in it.
# Actions > Entry pages
Actions.getEntryPageUrls | Entry pages | Entry Page URL | entries | opens:= related:getEntryPageTitles
    The pages on which visits began.
Actions.getEntryPageTitles | Entry page titles | Entry Page title | entries | opens:= \
related:getPageTitles,getEntryPageUrls
    The titles of the pages on which visits began.
# Actions > Exit pages
Actions.getExitPageUrls | Exit pages | Exit Page URL | exits | opens:= related:getExitPageTitles
    The pages on which visits ended.
Actions.getExitPageTitles | Exit page titles | Exit Page Title | exits | opens:= related:getPageTitles,getExitPageUrls
    The titles of the pages on which visits ended.
# Actions > Page titles
Actions.getPageTitles | Page titles | Page Title | pages | opens:= related:getEntryPageTitles,getExitPageTitles
    The titles of the pages that were seen: the text that browsers show in their tabs.
# Actions > Site Search
Actions.getSiteSearchKeywords | Site Search Keywords | Keyword | keywords | guide
    What visitors looked for on the site.
Actions.getPageUrlsFollowingSiteSearch | Pages Following a Site Search | Destination Page | following | guide \
related:getPageTitlesFollowingSiteSearch
    Where visitors went from the results of a search.
Actions.getSiteSearchNoResultKeywords | Search Keywords with No Results | Keyword with No Search Result \
| no results | guide
    What visitors looked for and did not find.
Actions.getPageTitlesFollowingSiteSearch | Page Titles Following a Site Search | Destination Page | following | guide \
related:getPageUrlsFollowingSiteSearch
    The titles of the pages where visitors went from the results of a search.
Actions.getSiteSearchCategories | Search Categories | Search Category | search categories | guide
    The categories that visitors searched in.
# Actions > Outlinks
Actions.getOutlinks | Outlinks | Clicked Outlink | clicks | opens:=
    Other sites that visitors left for.
# Actions > Downloads
Actions.getDownloads | Downloads | Download URL | downloads | opens:=
    Files that visitors took along.
# Actions > Events
Events.getCategory | Event Categories | Event Category | events | opens:getActionFromCategoryId guide
    What visitors did besides looking at pages, as the site tells it.
    levels EventCategory=Event Category | EventAction=Event Action
Events.getAction | Event Actions | Event Action | events | opens:getNameFromActionId guide
    What visitors did besides looking at pages, as the site tells it.
    levels EventAction=Event Action | EventName=Event Name
Events.getName | Event Names | Event Name | events | opens:getActionFromNameId guide
    What visitors did besides looking at pages, as the site tells it.
    levels EventName=Event Name | EventAction=Event Action
# Actions > Contents
Contents.getContentNames | Content Name | = | contents | opens:= guide
    Banners and the like: how often they were seen, and how often somebody did something with them.
Contents.getContentPieces | Content Piece | = | contents | opens:= guide
    Banners and the like: how often they were seen, and how often somebody did something with them.
# Actions > Engagement
VisitorInterest.getNumberOfVisitsPerVisitDuration | Length of visits | Visit duration | count | constant
    How long visits took.
VisitorInterest.getNumberOfVisitsPerPage | Pages per visit | = | count | constant
    How many pages a visit had.
VisitorInterest.getNumberOfVisitsByVisitCount | Visits by visit number | = | shares | constant
    Which of their visits it was for visitors.
VisitorInterest.getNumberOfVisitsByDaysSinceLast | Visits by days since last visit | Days since last visit | count \
| constant
    How many days visitors stayed away before.
VisitFrequency.get | Returning Visits | | halves |
    How much visitors who came back did, beside those who came for the first time.
# Actions > Performance
PagePerformance.get | Performance overview | | load times | guide
    How long pages took until they were there.
# Referrers
Referrers.get | Referrers Overview | | channels |
    How many visits came through each channel.
# Referrers > All Channels
Referrers.getReferrerType | Channel Type | = | visits and goals | constant
    Through which kind of channel visitors came.<br />Direct entries typed the address or have it as a bookmark.
    by source: channel_name channel channel_number | {0} | segment: referrerType=={1} | referrer_type: {2}
    to source: name | {0}
Referrers.getAll | All Channels | Referrer | visits |
    Everything that visitors came from, in one list.
# Referrers > Search Engines & Keywords
Referrers.getKeywords | Keywords | Keyword | visits and goals | opens:getSearchEnginesFromKeywordId
    What visitors searched for before they came. Most engines keep it to themselves.
    levels Keyword=Keyword | SearchEngine=Search Engine
    by source search: keyword | {0} | segment: referrerType==search;referrerKeyword=={0:q}
    to source: name host | {0} | segment: referrerType==search;referrerName=={0:q} | url: http://{1} \
| logo: searchEngines/{1}.png
Referrers.getSearchEngines | Search Engines | Search Engine | visits and goals | opens:getKeywordsFromSearchEngineId
    The search engines that visitors came from.
    levels SearchEngine=Search Engine | Keyword=Keyword
    by source search: name host | {0} | segment: referrerType==search;referrerName=={0:q} | url: http://{1} \
| logo: searchEngines/{1}.png
    to source: keyword | {0} | segment: referrerType==search;referrerKeyword=={0:q}
# Referrers > Websites
Referrers.getWebsites | Websites | Website | visits and goals | opens:getUrlsFromWebsiteId
    Other websites with links that visitors followed.
    levels Website=Website | WebsitePage=Website Page
    by source website: name | {0} | segment: referrerName=={0:q}
    to source: address | {0} | segment: referrerUrl=={0:qq} | url: {0}
# Referrers > Social Networks
Referrers.getSocials | Social Networks | Social network | visits | opens:getUrlsForSocial
    The social networks that visitors came from.
    levels SocialNetwork=Social network | WebsitePage=Website Page
    by source social: name host | {0} | url: {1} | logo: socials/{1}.png \
| segment: referrerType==social;referrerName=={0:q}
    to source: address | {0} | segment: referrerUrl=={0:qq} | url: {0}
# Referrers > AI Assistants
Referrers.getAIAssistants | AI Assistants | AI Assistant | visits and goals | opens:getEntryPageUrlsForAIAssistant 5.8
    The AI assistants whose answers brought visitors.
    levels AIAssistant=AI Assistant | Actions_EntryPageUrl=Entry Page URL
    by source ai: name host | {0} | url: {1} | logo: aiAssistants/{1}.png \
| segment: referrerType==ai;referrerName=={0:q}
    to landing: page | {0}
# Referrers > Campaigns
Referrers.getCampaigns | Campaigns | Campaign | visits and goals | opens:getKeywordsFromCampaignId guide
    The campaigns that brought visitors.
    levels Campaign=Campaign | Keyword=Keyword
    by source campaign: name | {0} | segment: referrerType==campaign;referrerName=={0:q}
    to source: keyword | {0} | segment: referrerType==campaign;referrerKeyword=={0:q}
# Ecommerce
Goals.get | Ecommerce Orders | | orders | guide goal:ecommerceOrder
    What was ordered, and what it came to.
Goals.getVisitsUntilConversion | Ecommerce Orders - Visits to Conversion | Visits to Conversion | until \
| constant guide goal:ecommerceOrder
    How many visits it took until a goal was reached.
Goals.getDaysToConversion | Ecommerce Orders - Days to Conversion | Days to Conversion | until \
| constant guide goal:ecommerceOrder
    How many days it took until a goal was reached.
Goals.get | Abandoned Carts | | carts | guide goal:ecommerceAbandonedCart
    What was put in a cart and left there.
Goals.getVisitsUntilConversion | Abandoned Carts - Visits to Conversion | Visits to Conversion | until \
| constant guide goal:ecommerceAbandonedCart
    How many visits it took until a goal was reached.
Goals.getDaysToConversion | Abandoned Carts - Days to Conversion | Days to Conversion | until \
| constant guide goal:ecommerceAbandonedCart
    How many days it took until a goal was reached.
# Ecommerce > Products
Goals.getItemsName | Product Name | = | products | guide
    What was bought, how much of it and for how much.
Goals.getItemsSku | Product SKU | = | products | guide
    What was bought, how much of it and for how much.
Goals.getItemsCategory | Product Category | = | products | guide
    What was bought, how much of it and for how much.
# Goals
Goals.get | Goals | | conversions | guide
    How often goals were reached, and what that brought.
Goals.getVisitsUntilConversion | Visits to Conversion | = | until and goals | constant guide
    How many visits it took until a goal was reached.
Goals.getDaysToConversion | Days to Conversion | = | until and goals | constant guide
    How many days it took until a goal was reached.
# Delivery > Files
AssetWatch.getFileTypes | File types | File type | files | opens:getFilesFromTypeId
    What pages load: scripts, fonts. <b>Data sent</b> does not count what came from the browser's cache.
    levels FileType=File type | File=File
# AI Assistants > AI Chatbots Overview
BotTracking.get | AI Chatbots Overview | | bots | 5.8
    How often AI chatbots fetched pages and documents.
BotTracking.getAIChatbotRequests | AI Chatbots | AI Chatbot Name | bot requests | opens:getPageUrlsForAIChatbot 5.8
    Which AI chatbots fetched pages, and how often.
    levels AIChatbotName=AI Chatbot Name | PageUrl=Page URL
# AI Assistants > AI Agents Overview
AIAgents.get | AI Agent Visits | | agents | 5.8
    Visits that an AI made for somebody, beside those that people made.
"""

TABLE: tuple[ReportEntry, ...] = tuple(parse(_TABLE))
"""All reports except ``API.get`` and those of single goals, for a shop; categories as in 5.0."""

_MORE_METRICS = {
    "Actions_get": ("hits",),
    "Referrers_get": (
        "Referrers_visitorsFromAIAssistants",
        "Referrers_visitorsFromAIAssistants_percent",
        "Referrers_distinctAIAssistants",
    ),
    **{f"UserCountry_get{level}": ("nb_users",) for level in ("Country", "Continent", "Region", "City")},
    **{f"Events_get{kind}": ("nb_visits", "nb_uniq_visitors") for kind in ("Category", "Action", "Name")},
    **{f"MultiSites_get{which}": ("hits", "ai_chatbots_requests") for which in ("All", "One")},
}
"""Additional metrics of reports from 5.8 on."""

_ONE_ROW = (
    "Actions",
    "Referrers",
    "Goals",
    "VisitsSummary",
    "VisitFrequency",
    "PagePerformance",
    "BotTracking",
    "AIAgents",
)


def reports_of(site: StoredSite, version: Version) -> list[ReportEntry]:
    """The reports of a site: ecommerce only for a shop, goals only for a site with goals."""
    found = []
    for entry in TABLE:
        if entry.category == "Ecommerce" and not site.ecommerce:
            continue
        if entry.subcategory == "Site Search" and not site.sitesearch:
            continue
        if entry.category != "Goals":
            found.append(entry)
        elif site.ecommerce or site.goals:
            found.append(entry)
            if entry.action == "getDaysToConversion":
                found += _goal_reports(site)
    return [*_as_of(found, version), _main_metrics(version)]


def subtables_of(site: StoredSite, version: Version) -> list[ReportEntry]:
    """The reports of subtables that have a method of their own."""
    return [
        replace(entry, name=inner, action=entry.opens, dimension=inner, opens="", is_subtable=True)
        for entry in reports_of(site, version)
        if entry.opens and entry.opens != entry.action
        for inner in ([*entry.levels.values()][1] if entry.levels else entry.dimension,)
    ]


def _goal_reports(site: StoredSite) -> list[ReportEntry]:
    """The three reports of goals: for all goals under the id 0, and for each goal of the site."""
    overview, *until = (entry for entry in TABLE if entry.category == "Goals")
    found = []
    for number, name in ((0, "Goals Overview"), *((goal.id, goal.name) for goal in site.goals)):
        about = "How often this goal was reached." if number else overview.about
        title = f"Goal {name}" if number else name
        found.append(replace(overview, name=title, about=about, parameters={"idGoal": number}))
        columns = COLUMN_SETS["until"]
        found += [
            replace(entry, name=f"{name} - {entry.name}", columns=columns, parameters={"idGoal": number})
            for entry in until
        ]
    return found


def _as_of(entries: list[ReportEntry], version: Version) -> list[ReportEntry]:
    return [
        replace(
            _with_more(entry) if version.has_ai and not entry.since_5_8 else entry,
            category=version.categories.get(entry.category, entry.category),
        )
        for entry in entries
        if version.has_ai or not entry.since_5_8
    ]


def _with_more(entry: ReportEntry) -> ReportEntry:
    columns = entry.columns
    more = tuple(name for name in _MORE_METRICS.get(entry.unique_id, ()) if name not in columns.metrics)
    columns = columns._replace(metrics=(*columns.metrics, *more))
    if entry.module == "MultiSites":
        columns = columns._replace(processed=(*columns.processed, *(f"{name}_evolution" for name in more)))
    if entry.unique_id == "Referrers_getSocials":
        columns = columns._replace(processed=columns.processed[:-1], goals="visit")
    return replace(entry, columns=columns)


def _main_metrics(version: Version) -> ReportEntry:
    """``API.get``: the metrics of all single-row reports."""
    entries = {entry.module: entry for entry in TABLE if entry.action == "get" and not entry.parameters}
    singles = _as_of([entries[module] for module in _ONE_ROW], version)
    metrics = dict.fromkeys(name for entry in singles for name in entry.columns.metrics)
    processed = dict.fromkeys(name for entry in singles for name in entry.columns.processed)
    names = {name: text for entry in singles for name, text in entry.columns.names.items()}
    columns = DescribedColumns(tuple(metrics), tuple(processed), names=NAMES | names)
    return ReportEntry(
        "API", "", "Main metrics", "API", "get", "The most important figures of all categories.", "", columns
    )

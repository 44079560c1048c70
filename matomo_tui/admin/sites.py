"""Sites: the form's draft, its validation, and the plans that add, change and delete a site."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from matomo_tui.admin.entity import NumberedEntity
from matomo_tui.admin.input_parsing import as_list, items, stored_length, trimmed
from matomo_tui.admin.plan import ChangePlan, plan_deletion, plan_write
from matomo_tui.admin.state import Labels, Problem, State, changed
from matomo_tui.api import sites
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NoAccess
from matomo_tui.api.server import major_minor
from matomo_tui.api.site import Site
from matomo_tui.api.sites import LIST_SETTINGS, SiteDetails
from matomo_tui.sanitize import sanitize

FRAGMENTS: Mapping[int, str] = {0: "as the server does by default", 1: "kept", 2: "removed"}

LABELS = Labels(
    {
        "name": "Name",
        "urls": "URLs",
        "timezone": "Time zone",
        "currency": "Currency",
        "ecommerce": "Ecommerce",
        "sitesearch": "Site search",
        "sitesearch_keyword_parameters": "Search parameters",
        "sitesearch_category_parameters": "Search category parameters",
        "exclude_unknown_urls": "Only these URLs",
        "keep_url_fragment": "Page URL fragments",
        "excluded_ips": "Excluded IPs",
        "excluded_parameters": "Excluded parameters",
        "excluded_user_agents": "Excluded user agents",
        "excluded_referrers": "Excluded referrers",
        "group": "Group",
        "description": "Description",
    },
    {"keep_url_fragment": FRAGMENTS},
)

DESCRIPTION_SINCE = (5, 11)
"""The first version of Matomo (major, minor) whose sites have a description."""

_LONGEST_NAME = 90
_LONGEST_GROUP = 250
_LONGEST_DESCRIPTION = 255
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?//[^\s]+")
_SECOND_URL = re.compile(r"https?://", re.I)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """The values of the site form. Lists are text, separated by commas or line breaks. ``description`` is None if the
    version of Matomo has none (before 5.11)."""

    name: str = ""
    urls: str = ""
    timezone: str = ""
    currency: str = ""
    ecommerce: bool = False
    sitesearch: bool = True
    sitesearch_keyword_parameters: str = ""
    sitesearch_category_parameters: str = ""
    exclude_unknown_urls: bool = False
    keep_url_fragment: int = 0
    excluded_ips: str = ""
    excluded_parameters: str = ""
    excluded_user_agents: str = ""
    excluded_referrers: str = ""
    group: str = ""
    description: str | None = None

    @classmethod
    def of(cls, site: SiteDetails, urls: Sequence[str]) -> SiteDraft:
        """The draft of an existing site."""
        values: dict[str, Any] = dict(state_of(site, ()))
        return cls(**{**values, "urls": "\n".join(urls)})

    def state(self) -> State:
        """The state that Matomo would store."""
        return {
            "name": trimmed(self.name),
            "urls": tuple(dict.fromkeys(as_url(url) for url in _lines(self.urls))),
            "timezone": self.timezone.strip(),
            "currency": self.currency.strip(),
            "ecommerce": self.ecommerce,
            "sitesearch": self.sitesearch,
            **{name: as_list(items(getattr(self, name))) for name in LIST_SETTINGS},
            "exclude_unknown_urls": self.exclude_unknown_urls,
            "keep_url_fragment": self.keep_url_fragment,
            "group": self.group.strip(),
            **({} if self.description is None else {"description": trimmed(self.description)}),
        }

    def problems(
        self, *, timezones: Collection[str] = (), currencies: Collection[str] = (), superuser: bool = True
    ) -> tuple[Problem, ...]:
        """Errors and warnings. ``timezones`` and ``currencies`` are the server's lists (empty: not loaded yet)."""
        found = [*_name_problems(self), *_url_problems(self)]
        if timezones and self.timezone.strip() not in timezones:
            zone = sanitize(self.timezone.strip(), 40)
            found.append(Problem("timezone", f"This Matomo has no time zone “{zone}”: choose one from the list."))
        if currencies and self.currency.strip() not in currencies:
            currency = sanitize(self.currency.strip(), 20)
            found.append(Problem("currency", f"This Matomo has no currency “{currency}”: choose one from the list."))
        if self.keep_url_fragment not in FRAGMENTS:
            found.append(Problem("keep_url_fragment", "Choose to keep or remove fragments, or the server's default."))
        for address in items(self.excluded_ips):
            if not _is_ip(address):
                sentence = (
                    f"“{sanitize(address, 60)}” is not an IP address: 1.2.3.4, 1.2.3.*, 1.2.3.0/24 or 2001:db8::/32."
                )
                found.append(Problem("excluded_ips", sentence))
        if self.sitesearch_category_parameters and not self.sitesearch_keyword_parameters:
            sentence = "Category parameters need search parameters as well."
            found.append(Problem("sitesearch_category_parameters", sentence, is_warning=True))
        if self.description is not None:
            found += _description_problems(trimmed(self.description))
        if stored_length(self.group.strip()) > _LONGEST_GROUP:
            found.append(Problem("group", f"Matomo keeps {_LONGEST_GROUP} characters of a group."))
        if self.group.strip() == "0":
            found.append(Problem("group", "Matomo does not keep a group called 0."))
        if self.group.strip() and not superuser:
            found.append(Problem("group", "Only a superuser's token can set a group: Matomo ignores it.", True))
        return tuple(found)


def has_description(version: str) -> bool:
    """True if sites have a description in this version of Matomo, such as ``5.11.2``."""
    numbers = major_minor(version)
    return numbers is not None and numbers >= DESCRIPTION_SINCE


def as_url(text: str) -> str:
    """A site's URL as Matomo stores it: with a scheme, without a final slash."""
    text = text.strip().rstrip("/")
    if _SCHEME.match(text) or "://" in text:
        return text
    return f"http:{text}" if text.startswith("//") else f"http://{text}"


def state_of(site: SiteDetails, urls: Sequence[str]) -> State:
    """The state of a site."""
    fields = {name: getattr(site, name) for name in LABELS if name != "urls"}
    if fields["description"] is None:
        del fields["description"]
    return {**fields, "urls": tuple(urls)}


def as_shown(site: Site, state: State) -> Site:
    """``site`` with the stored settings, sanitized."""
    texts = {name: sanitize(str(state[name])) for name in ("name", "timezone", "currency", "group") if name in state}
    flags = {name: bool(state[name]) for name in ("ecommerce", "sitesearch") if name in state}
    urls = state.get("urls")
    address = {"main_url": sanitize(urls[0])} if isinstance(urls, tuple) and urls else {}
    return msgspec.structs.replace(site, **texts, **flags, **address)


@dataclass(frozen=True, slots=True)
class SiteEntity(NumberedEntity):
    """A site with its settings and URLs."""

    labels = LABELS
    noun = "site"

    id: int | None = None

    def site_id_of(self, created: int | None) -> int | None:
        return created if self.id is None else self.id

    async def read_ids(self, client: Client) -> Collection[int]:
        return await client.call(sites.get_sites_id_with_admin_access())

    async def read_state(self, client: Client, entity_id: int) -> State | None:
        try:
            return state_of(*await read_site(client, entity_id))
        except MatomoError as error:
            if _is_gone(error):
                return None
            raise


def plan_add(draft: SiteDraft) -> ChangePlan:
    """The plan that adds a site (``SitesManager.addSite``). The draft has no errors."""
    wanted, site_name = draft.state(), trimmed(draft.name)
    given: dict[str, Any] = {name: value for name, value in wanted.items() if value != "" and name != "name"}
    return plan_write(
        SiteEntity(),
        sites.add_site(site_name, given.pop("urls"), **given),
        what=f"Add the site “{sanitize(site_name, 80)}”",
        title="Add a site",
        opened=None,
        wanted={name: value for name, value in wanted.items() if value != "" or name in LIST_SETTINGS},
    )


def plan_update(
    opened: SiteDetails, opened_urls: Sequence[str], draft: SiteDraft, *, superuser: bool = True
) -> ChangePlan:
    """The plan that changes ``opened`` into the draft (``SitesManager.updateSite``). It sends the fields that change,
    and all lists, because Matomo would empty those."""
    before, wanted = state_of(opened, opened_urls), dict(draft.state())
    if not superuser:
        wanted["group"] = before["group"]
    changes = changed(before, wanted, LABELS)
    settings: dict[str, Any] = {name: wanted[name] for name in LABELS if name in changes or name in LIST_SETTINGS}
    return plan_write(
        SiteEntity(opened.id),
        sites.update_site(opened.id, **settings),
        what=f"Change {_words(opened)}",
        opened=before,
        wanted=wanted,
        warnings=_warnings(changes),
    )


def plan_delete(opened: SiteDetails, opened_urls: Sequence[str], *, sites_total: int | None = None) -> ChangePlan:
    """The plan that deletes a site (``SitesManager.deleteSite``). ``sites_total`` is the number of all sites: Matomo
    keeps the last one."""
    return plan_deletion(
        SiteEntity(opened.id),
        sites.delete_site(opened.id),
        what=f"Delete {_words(opened)}",
        opened=state_of(opened, opened_urls),
        refusals=("This is the only site, and Matomo keeps at least one.",) if sites_total == 1 else (),
        warning="The site with its goals, settings and all access to it are deleted at once, and its tracking "
        "code stops working. This program cannot restore it. The raw logs stay in the database.",
    )


def _words(site: SiteDetails) -> str:
    return f"the site “{sanitize(site.name, 80)}” ({site.id})"


async def read_site(client: Client, site_id: int) -> tuple[SiteDetails, tuple[str, ...]]:
    """A site's settings and URLs as they are stored. Raises a ``MatomoError``.

    The two requests are not sent in bulk: within a bulk request Matomo decodes the entities of a text once more, so a
    name that contains ``&amp;`` would read differently (seen on 5.0.2 and 5.8.0).
    """
    return (
        await client.call(sites.get_site_details(site_id)),
        await client.call(sites.get_site_urls_from_id(site_id)),
    )


def _is_gone(error: MatomoError) -> bool:
    """True if an error means that the site does not exist. To users who cannot see all sites Matomo reports a lack of
    access instead, which may have another reason."""
    message = str(error).lower()
    return not isinstance(error, NoAccess) and ("unexpected website" in message or "not found" in message)


def _warnings(changes: Collection[str]) -> list[str]:
    found = []
    if "timezone" in changes:
        found.append("A new time zone applies from now on: days in existing reports keep the old one.")
    if "currency" in changes:
        found.append("Recorded amounts are not converted: they are shown in the new currency.")
    if "urls" in changes or "exclude_unknown_urls" in changes:
        found.append("Hits from URLs outside the site's list may no longer be counted.")
    return found


def _name_problems(draft: SiteDraft) -> list[Problem]:
    if not draft.name.strip() or draft.name.strip() == "0":
        return [Problem("name", "A site needs a name.")]
    name = trimmed(draft.name)
    if (length := stored_length(name)) > _LONGEST_NAME:
        sentence = f"Matomo keeps {_LONGEST_NAME} characters of a name, and this one takes {length}."
        return [Problem("name", sentence)]
    if any(char in name for char in "\r\n\0"):
        return [Problem("name", "Matomo removes line breaks here: use one line.")]
    return []


def _description_problems(text: str) -> list[Problem]:
    found = []
    if (length := stored_length(text)) > _LONGEST_DESCRIPTION:
        sentence = f"Matomo keeps {_LONGEST_DESCRIPTION} characters here, and this text takes {length}."
        found.append(Problem("description", sentence))
    if any(char in text for char in "\r\n\0"):
        found.append(Problem("description", "Matomo removes line breaks here: use one line."))
    return found


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


def _url_problems(draft: SiteDraft) -> list[Problem]:
    urls = _lines(draft.urls)
    if not urls:
        return [Problem("urls", "A site needs at least one URL, such as https://example.org.")]
    found = []
    for url in urls:
        if re.search(r"\s", url):
            sentence = f"“{sanitize(url, 80)}” contains a space: write one URL a line, and %20 for a space."
            found.append(Problem("urls", sentence))
        elif _SECOND_URL.search(re.split(r"[?#]", url)[0], 1):
            found.append(Problem("urls", f"“{sanitize(url, 80)}” contains two URLs: write one a line."))
        elif not _URL.fullmatch(as_url(url)) or "," in _host(url):
            found.append(
                Problem("urls", f"“{sanitize(url, 80)}” is not a URL: write one a line, such as https://example.org.")
            )
        elif not _SCHEME.match(url):
            found.append(Problem("urls", f"“{sanitize(url, 80)}” is stored as {sanitize(as_url(url), 100)}.", True))
    return found


def _host(url: str) -> str:
    return re.split(r"[/?#]", as_url(url).partition("//")[2])[0]


def _is_ip(text: str) -> bool:
    import ipaddress

    if re.fullmatch(r"(\d{1,3}\.){0,3}(\*\.){0,3}\*", text):
        parts = [part for part in text.split(".") if part != "*"]
        return len(text.split(".")) == 4 and all(int(part) <= 255 for part in parts)
    bits = text.partition("/")[2]  # Matomo knows neither masks nor the scopes of addresses
    if "%" in text or (bits and not bits.isdecimal()):
        return False
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True

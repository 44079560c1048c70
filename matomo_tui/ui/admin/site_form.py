"""The site form, with time zones, currencies and groups from the server's lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from matomo_tui.admin import sites as planning
from matomo_tui.admin.plan import ChangePlan
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.sites import FRAGMENTS, SiteDraft, read_site
from matomo_tui.admin.state import Problem, State
from matomo_tui.api import sites
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import Choice, SiteDetails
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.widgets.form import ChoiceField, Field, FlagField, PickField, TextField, Values
from matomo_tui.ui.widgets.search_select_dialog import Option


class OpenedSite(Struct, frozen=True):
    """A site as it was loaded. Texts are raw."""

    details: SiteDetails
    urls: tuple[str, ...]

    def with_state(self, state: State) -> OpenedSite:
        """The site with the fields of ``state``."""
        fields = {name: value for name, value in state.items() if name != "urls"}
        urls = state.get("urls", self.urls)
        return OpenedSite(msgspec.structs.replace(self.details, **fields), urls if isinstance(urls, tuple) else ())


class SiteLists(Struct, frozen=True):
    """The server's choices, and its defaults for a new site."""

    timezones: tuple[Choice, ...] = ()
    currencies: tuple[Choice, ...] = ()
    timezone: str = ""
    """The default; ``""`` if unknown."""
    currency: str = ""
    """The default; ``""`` if unknown."""


async def load_site(client: Client, site_id: int) -> OpenedSite:
    """Load a site with all its settings. Raises a ``MatomoError``."""
    return OpenedSite(*await read_site(client, site_id))


async def load_lists(client: Client) -> SiteLists:
    """Load the server's time zones, currencies and defaults in one bulk request. Raises a ``MatomoError``."""
    zones, currencies, zone, currency = await client.gather(
        sites.get_timezones_list(),
        sites.get_currency_list(),
        sites.get_default_timezone(),
        sites.get_default_currency(),
    )
    if isinstance(zones, MatomoError):
        raise zones
    if isinstance(currencies, MatomoError):
        raise currencies
    return SiteLists(
        zones, currencies, zone if isinstance(zone, str) else "", currency if isinstance(currency, str) else ""
    )


class SiteForm(FormScreen[SiteDraft, OpenedSite | None]):
    """The form of ``opened``, or of a new site (None)."""

    def __init__(self, context: AdminContext, opened: OpenedSite | None, lists: SiteLists) -> None:
        self.lists = lists
        self._site = context.site
        self.superuser = context.access.superuser
        self.has_description = planning.has_description(context.session.version)
        if opened is not None and self.has_description and opened.details.description is None:
            opened = OpenedSite(msgspec.structs.replace(opened.details, description=""), opened.urls)
        site_id = opened.details.id if opened is not None else None
        name = sanitize(opened.details.name, 60) or f"site {site_id}" if opened is not None else "Add a site"
        super().__init__(context, context.draft_key("site", site_id), ("Sites", name), opened)

    def permission(self) -> Permission:
        permissions = self.context.permissions
        return permissions.add_site() if self.opened is None else permissions.edit_site(self.opened.details.id)

    def fields(self) -> Sequence[Field]:
        found: list[Field] = [
            TextField("name", "Name"),
            TextField("urls", "URLs", "One a line; the first is the main URL.", lines=3),
            PickField("timezone", "Time zone", _options(self.lists.timezones)),
            PickField("currency", "Currency", _options(self.lists.currencies)),
            FlagField("ecommerce", "Ecommerce"),
            FlagField("sitesearch", "Site search"),
            TextField("sitesearch_keyword_parameters", "Search parameters", placeholder="the server's: q,query,s,…"),
            TextField("sitesearch_category_parameters", "Category parameters"),
            FlagField("exclude_unknown_urls", "Only these URLs", "Hits from other URLs are not counted."),
            ChoiceField("keep_url_fragment", "Page URL fragments", tuple((str(n), w) for n, w in FRAGMENTS.items())),
            TextField("excluded_ips", "Excluded IPs", "Comma-separated: 1.2.3.4, 1.2.3.*, 1.2.3.0/24, 2001:db8::/32"),
            TextField("excluded_parameters", "Excluded parameters"),
            TextField("excluded_user_agents", "Excluded user agents"),
            TextField("excluded_referrers", "Excluded referrers"),
        ]
        if self.has_description:
            found.insert(1, TextField("description", "Description"))
        return [*found, TextField("group", "Group")] if self.superuser else found

    def values_of(self, opened: OpenedSite | None) -> Values:
        if opened is None:
            zone, currency = self.lists.timezone or self._site.timezone, self.lists.currency or self._site.currency
            draft = SiteDraft(timezone=zone, currency=currency)
        else:
            draft = SiteDraft.of(opened.details, opened.urls)
        values = {field.name: getattr(draft, field.name) for field in self.fields()}
        if self.has_description:
            values["description"] = draft.description or ""
        return {**values, "keep_url_fragment": str(draft.keep_url_fragment)}

    def draft_of(self, values: Values) -> SiteDraft:
        given: dict[str, Any] = {**values, "keep_url_fragment": int(values["keep_url_fragment"])}
        if not self.superuser and self.opened is not None:
            given["group"] = self.opened.details.group
        return SiteDraft(**given)

    def problems(self, draft: SiteDraft) -> Sequence[Problem]:
        zones = {choice.value for choice in self.lists.timezones}
        currencies = {choice.value for choice in self.lists.currencies}
        return [
            problem
            for problem in draft.problems(timezones=zones, currencies=currencies, superuser=self.superuser)
            if problem.field != "group" or self.superuser
        ]

    def plan(self, opened: OpenedSite | None, draft: SiteDraft) -> ChangePlan:
        if opened is None:
            return planning.plan_add(draft)
        return planning.plan_update(opened.details, opened.urls, draft, superuser=self.superuser)

    def reopened(self, state: State) -> OpenedSite | None:
        return None if self.opened is None else self.opened.with_state(state)

    def shown_fields(self, draft: SiteDraft) -> Sequence[str]:
        hidden = set() if draft.sitesearch else {"sitesearch_keyword_parameters", "sitesearch_category_parameters"}
        return [field.name for field in self.fields() if field.name not in hidden]


def _options(choices: Sequence[Choice]) -> tuple[Option, ...]:
    return tuple(
        (choice.value, f"{choice.label}, {choice.group}" if choice.group else choice.label) for choice in choices
    )

"""Adds, changes and deletes a site as the role that this requires; the role below is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from matomo_tui.admin import sites
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.api import sites as calls
from matomo_tui.api.errors import MatomoError
from tests.real.office import Office, chosen, own_sites, wanted_text

_ADDRESSES = ("https://judge.example/a%20b", "https://alias.judge.example", "http://another.judge.example")


async def _stored(office: Office, site_id: int, names: dict[str, Any]) -> Any:
    """The server's values under these names, and the site's URLs in sorted order."""
    reply = await office.raw.ask("SitesManager.getSiteFromId", idSite=site_id)
    if reply.refusal is not None or not reply.value:
        return None
    urls = await office.raw.value("SitesManager.getSiteUrlsFromId", idSite=site_id)
    return chosen(reply.value, names), sorted(urls)


async def add(office: Office) -> bool:
    """Add the temporary site for all write checks. Returns True if it exists."""
    draft = SiteDraft(
        name=f"{office.name} 5%+ & <ü> shop",
        urls="\n".join(_ADDRESSES),
        timezone="Asia/Tokyo",
        currency="JPY",
        ecommerce=True,
        sitesearch_keyword_parameters="q,suche",
        excluded_ips="10.0.0.*",
        excluded_parameters="sid,utm_x",
        excluded_user_agents="bot/1.0 (a; b)",
        keep_url_fragment=1,
        group="Judges & co",
    )
    wanted = {
        "name": draft.name,
        "timezone": "Asia/Tokyo",
        "currency": "JPY",
        "ecommerce": 1,
        "sitesearch_keyword_parameters": "q,suche",
        "excluded_ips": "10.0.0.*",
        "excluded_parameters": "sid,utm_x",
        "excluded_user_agents": "bot/1.0 (a; b)",
        "keep_url_fragment": 1,
        "group": "Judges & co",
    }
    outcome = await office.apply("superuser", sites.plan_add(draft))
    made = await own_sites(office)
    office.site_id = outcome.created or (made[0] if made else 0)
    stored = await _stored(office, office.site_id, wanted) if office.site_id else None
    await office.done("sites: add", outcome, stored, (wanted_text(wanted), sorted(_ADDRESSES)))
    return bool(office.site_id)


async def change(office: Office) -> None:
    """Change it as admin with a plan and in a bulk request; write is refused."""
    client, site_id = office.client("admin"), office.site_id
    details = await client.call(calls.get_site_details(site_id))
    urls = await client.call(calls.get_site_urls_from_id(site_id))
    opened = SiteDraft.of(details, urls)
    changed = replace(
        opened, name=f"{office.name} “T” 1+1 100%", currency="USD", excluded_parameters="sid,a_b", ecommerce=False
    )
    plan = sites.plan_update(details, urls, changed, superuser=False)
    wanted: dict[str, Any] = {
        "name": changed.name,
        "currency": "USD",
        "timezone": "Asia/Tokyo",
        "excluded_parameters": "sid,a_b",
        "excluded_ips": "10.0.0.*",
        "ecommerce": 0,
    }
    for role in ("noaccess", "view", "write"):
        before = await _stored(office, site_id, wanted)
        outcome = await office.apply(role, plan)
        await office.refused(f"sites: change as {role}", outcome, before, await _stored(office, site_id, wanted))
    outcome = await office.apply("admin", plan)
    stored = await _stored(office, site_id, wanted)
    await office.done("sites: change as admin", outcome, stored, (wanted_text(wanted), sorted(_ADDRESSES)))
    lists = {name: str(getattr(changed, name)) for name in calls.LIST_SETTINGS}
    again: dict[str, Any] = {**lists, "excluded_ips": "10.1.0.0/16,192.0.2.1", "name": f"{office.name}, 2 & 3"}
    answer = await office.in_bulk("admin", calls.update_site(site_id, urls=_ADDRESSES[:2], **again))
    wanted = {"name": again["name"], "excluded_ips": again["excluded_ips"], "currency": "USD"}
    stored = await _stored(office, site_id, wanted)
    await office.done("sites: change within a bulk", answer, stored, (wanted_text(wanted), sorted(_ADDRESSES[:2])))


async def delete(office: Office) -> None:
    """Add and delete another site in bulk requests, then delete the temporary one with a plan; admin is refused."""
    name = f"{office.name} & 2,5 %"
    refused = await office.in_bulk("admin", calls.add_site(name, ("https://b.example",)))
    await office.refused("sites: add as admin", refused, [office.site_id], await own_sites(office))
    answer = await office.in_bulk("superuser", calls.add_site(name, ("https://b.example/ä?x=1,2",), timezone="UTC"))
    added = [site for site in await own_sites(office) if site != office.site_id]
    stored = await _stored(office, added[0], {"name": name}) if added else None
    await office.done(
        "sites: add within a bulk", answer, stored, (wanted_text({"name": name}), ["https://b.example/ä?x=1,2"])
    )
    if added:
        gone = await office.in_bulk("superuser", calls.delete_site(added[0]))
        await office.done("sites: delete within a bulk", gone, await own_sites(office), [office.site_id])
    client = office.client("superuser")
    details, urls = await client.gather(
        calls.get_site_details(office.site_id), calls.get_site_urls_from_id(office.site_id)
    )
    if isinstance(details, MatomoError) or isinstance(urls, MatomoError):
        raise details if isinstance(details, MatomoError) else urls  # type: ignore[misc]
    plan = sites.plan_delete(details, urls)
    outcome = await office.apply("admin", plan)
    await office.refused("sites: delete as admin", outcome, [office.site_id], await own_sites(office))
    outcome = await office.apply("superuser", plan)
    await office.done("sites: delete", outcome, await own_sites(office), [])

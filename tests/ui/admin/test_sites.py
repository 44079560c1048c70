"""Sites on the screens: picked from the server's lists, changed without touching the rest, deleted by name."""

from __future__ import annotations

from msgspec.structs import replace

from matomo_tui.api.sites import (
    SiteDetails,
    add_site,
    get_site_details,
    get_site_urls_from_id,
    get_sites_with_admin_access,
)
from matomo_tui.ui.admin.site_form import SiteForm
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.admin.steps import at, form, in_list, open_part, picked, plan, table_of, unlock

NAME = "Tom's “Täst” & <b>[x] 🎉 שלום\""


async def sites(on: Office) -> dict[str, SiteDetails]:
    """What the server has, by name."""
    return {site.name: site for site in await on.superuser.call(get_sites_with_admin_access(limit=500))}


async def test_a_site_is_added_with_a_zone_and_a_currency_from_the_servers_lists() -> None:
    async with office(size=(100, 30)) as on:
        pane = await open_part(on, "sites")
        await unlock(on)
        await on.press("a")
        await form(on)
        await on.type(NAME)
        await on.press("tab")
        await on.type("https://täst.example\nhttps://www.test.example/x")
        await on.press("tab")
        await picked(on, "auckland", "Pacific/Auckland")
        await picked(on, "japanese", "JPY")
        await on.press("ctrl+o")
        await plan(on)
        assert NAME not in await sites(on)
        await on.press("y")
        await in_list(on)
        stored = (await sites(on))[NAME]
        assert (stored.timezone, stored.currency) == ("Pacific/Auckland", "JPY")
        urls = await on.superuser.call(get_site_urls_from_id(stored.id))
        assert urls == ("https://täst.example", "https://www.test.example/x")
        await on.until(lambda: table_of(pane).cursor_key == stored.id)


async def test_ctrl_z_takes_back_what_was_typed_in_a_field_of_several_lines() -> None:
    async with office(size=(100, 30)) as on:
        await open_part(on, "sites")
        await unlock(on)
        await on.press("a")
        await form(on)
        await on.press("tab")
        await on.type("https://a.example")
        await on.type("\nhttps://b.example")
        assert isinstance(on.app.screen, SiteForm)
        await on.press("ctrl+z")
        assert on.app.screen.form.values["urls"] == "https://a.example"


async def test_a_new_site_begins_with_the_servers_defaults_and_r_sees_those_made_elsewhere() -> None:
    async with office(size=(100, 30)) as on:
        pane = await open_part(on, "sites")
        await on.sees("Sites 5")
        await on.superuser.call(add_site("Made elsewhere", ["https://elsewhere.example"]))
        await on.press("r")
        await on.sees("Sites 6")
        await on.sees("Made elsewhere")
        await on.until(lambda: table_of(pane).has_focus)
        await unlock(on)
        await on.press("a")
        await form(on)
        assert isinstance(on.app.screen, SiteForm)
        values = on.app.screen.form.values
        assert (values["timezone"], values["currency"]) == ("UTC", "USD")  # the watched site has others
        assert "description" not in values  # before Matomo 5.11


async def test_a_change_of_the_name_leaves_everything_else_as_it_is() -> None:
    demo = quiet()
    settings = {"excluded_ips": "10.0.0.*", "excluded_parameters": "sid", "sitesearch_keyword_parameters": "q,s"}
    demo.world.sites[2] = replace(demo.world.sites[2], group="Blogs", keep_url_fragment=1, **settings)
    write = steps.change_site("Field Notes", NAME)
    async with office("admin", demo=demo) as on:
        before = await on.superuser.call(get_site_details(2))
        await write.begin(on)
        await form(on)
        assert "Group" not in on.text  # only a superuser's token can set it
        await write.review(on)
        await plan(on)
        await write.confirmed(on)
        await in_list(on)
        after = await on.superuser.call(get_site_details(2))
        assert after.name == NAME
        fields = [*settings, "group", "keep_url_fragment", "timezone", "currency", "main_url"]
        assert [getattr(after, name) for name in fields] == [getattr(before, name) for name in fields]


async def test_a_stored_value_that_the_form_would_not_take_does_not_keep_others_from_changing() -> None:
    demo = quiet()
    stored = {"timezone": "Europe/Kiev", "main_url": "http://archive.example/https://x.example"}
    demo.world.sites[2] = replace(demo.world.sites[2], **stored)
    write = steps.change_site("Field Notes", "Notes ")
    async with office("admin", demo=demo, size=(100, 30)) as on:
        await write.begin(on)
        await form(on)
        await on.sees("This Matomo has no time zone “Europe/Kiev”")
        await write.review(on)
        await plan(on)
        await write.confirmed(on)
        await in_list(on)
        await on.sees("Done.")
        after = await on.superuser.call(get_site_details(2))
        assert {name: getattr(after, name) for name in stored} == stored
        assert after.name == "Notes"

        write = steps.change_site("Notes", "http://archive.example/https://y.example")
        await write.begin(on)
        await form(on)
        await on.press("tab")
        await on.retype("http://archive.example/https://y.example")
        await on.press("ctrl+o")
        await on.sees("1 field is invalid")


async def test_a_site_is_deleted_only_by_its_name() -> None:
    write = steps.delete_site("Harbour Radio")
    async with office() as on:
        await write.show(on)
        assert "write it" not in on.lines[-1]  # no key for what has to be typed
        await on.press("y", "enter")
        await on.sees("nothing was sent")
        await on.retype("Harbour Radi")
        await on.press("enter")
        await on.sees("That is not “Harbour Radio”: nothing was sent.")
        assert on.words.count("That is not") == 1
        assert "This program cannot restore it." in on.words
        assert await write.stored(on.superuser) == "Harbour Radio"
        await on.retype("site 4")
        await on.press("enter")
        await in_list(on)
        assert await write.stored(on.superuser) is None
        pane = await open_part(on, "sites")
        await on.until(lambda: table_of(pane).rows.index_of(4) is None)


async def test_a_writer_sees_the_sites_and_why_they_are_closed() -> None:
    async with office("write") as on:
        pane = await open_part(on, "sites")
        await on.sees("Changing the settings needs the admin role on Lumen & Oak (site 1)")
        await at(on, pane, 1)
        before = await sites(on)
        await unlock(on)
        await on.press("enter")
        await on.sees("this token has only write there")
        await on.press("a", "X")
        await in_list(on)
        assert await sites(on) == before

"""Opening a session: version, roles and site in two requests, and refusals."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from matomo_tui.api import live
from matomo_tui.api.access import Access
from matomo_tui.api.errors import (
    BadRequest,
    LockedOut,
    NoAccess,
    NoSite,
    NotMatomo,
    Redirected,
    ServerError,
    SeveralMatch,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.rejections import MOST_REJECTIONS
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.session import (
    Reconnecting,
    Session,
    choose_site,
    find_sites,
    ignored_bearer,
    open_session,
    renew,
    roles_in_words,
)
from tests.config.keyrings import NO_KEYRING
from tests.recorded import html_response
from tests.small_matomo import TOKENS, SmallMatomo, empty, serving


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo()


@pytest.fixture
def settings(matomo: SmallMatomo) -> Iterator[Settings]:
    with serving(matomo) as address:
        yield Settings(url=address, timeout=10.0)


async def opened(settings: Settings, role: str) -> Session:
    session = await open_session(settings, Secret(TOKENS[role]))
    await session.client.aclose()
    return session


@pytest.mark.parametrize(
    ("role", "highest", "site_ids"),
    [("superuser", "superuser", {1, 2, 3}), ("admin", "admin", {1, 2}), ("write", "write", {1}), ("view", "view", {1})],
)
async def test_each_role_opens_on_its_first_site_in_two_requests(
    matomo: SmallMatomo, settings: Settings, role: str, highest: str, site_ids: set[int]
) -> None:
    session = await opened(settings, role)
    assert session.access.highest == highest
    assert set(session.access.sites) == site_ids
    assert (session.site.id, session.site.name, session.site.timezone) == (1, "Shop", "Europe/Berlin")
    assert session.version == "5.2.1"
    assert session.address == settings.url
    assert session.warnings == ()
    assert len(matomo.sent) == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("299", 299), ("Client 7", 7), ("client 302", 302), ("Client 30", 30), ("2024", 150), ("303", 7)],
)
async def test_of_302_sites_each_is_found_by_its_id_first_and_then_by_its_name(
    matomo: SmallMatomo, settings: Settings, wanted: str, found: int
) -> None:
    matomo.sites = {n: f"Client {n}" for n in range(1, 303)} | {150: "2024", 200: "299", 7: "Client 7"}
    matomo.tokens[TOKENS["admin"]] = dict.fromkeys(matomo.sites, "admin")
    if wanted == "303":
        matomo.sites[7] = "303"  # no such id: it is a name
    session = await opened(replace(settings, site=wanted), "admin")
    assert session.site.id == found
    assert len(session.access.sites) == 302
    assert session.access.at_least("admin", 302)
    assert roles_in_words(session.access) == "admin on 302 sites"


async def test_a_number_too_long_for_an_id_is_looked_up_as_a_name(settings: Settings) -> None:
    with pytest.raises(BadRequest, match="has access to no site"):
        await open_session(replace(settings, site="1" * 5_000), Secret(TOKENS["superuser"]))


async def test_a_token_without_any_site_is_said_to_be_valid(settings: Settings) -> None:
    with pytest.raises(NoAccess, match=r"valid, but its user has no access to any site"):
        await open_session(settings, Secret(TOKENS["noaccess"]))


async def test_a_superuser_of_a_matomo_without_any_site_is_not_one_without_access(
    matomo: SmallMatomo, settings: Settings
) -> None:
    empty(matomo)
    with pytest.raises(NoSite, match=r"^This Matomo has no site yet\.$"):
        await open_session(settings, Secret(TOKENS["superuser"]))


@pytest.mark.parametrize(
    ("wanted", "found"), [("2", 2), ("Blog", 2), ("bLOG", 2), ("Do", 3), ("hop", 1), ("", 1), (" 3 ", 3)]
)
async def test_a_site_by_id_by_name_and_by_a_part_of_it(
    matomo: SmallMatomo, settings: Settings, wanted: str, found: int
) -> None:
    session = await opened(replace(settings, site=wanted), "superuser")
    assert session.site.id == found
    assert len(matomo.sent) == 2


def names(matomo: SmallMatomo, count: int, own: dict[int, str]) -> None:
    matomo.sites = {n: f"Box {n}" for n in range(1, count + 1)} | own
    matomo.tokens[TOKENS["admin"]] = dict.fromkeys(matomo.sites, "admin")


async def test_a_site_named_exactly_as_asked_is_found_among_two_thousand_that_match(
    matomo: SmallMatomo, settings: Settings
) -> None:
    names(matomo, 2_000, {3: "Xylophone shop", 1_500: "X"})
    session = await opened(replace(settings, site="X"), "admin")
    assert (session.site.id, session.site.name) == (1_500, "X")


async def test_of_more_sites_than_are_searched_none_is_guessed(
    matomo: SmallMatomo, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matomo_tui.session._SITES_A_PAGE", 10)
    monkeypatch.setattr("matomo_tui.session._MOST_SITES", 20)
    names(matomo, 30, {3: "Xylophone shop", 25: "X"})
    with pytest.raises(SeveralMatch, match=r"^More than 20 sites match 'X'\. Use the id\.$"):
        await opened(replace(settings, site="X"), "admin")


async def test_as_many_sites_as_are_searched_are_all(
    matomo: SmallMatomo, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matomo_tui.session._SITES_A_PAGE", 10)
    monkeypatch.setattr("matomo_tui.session._MOST_SITES", 20)
    names(matomo, 20, {3: "Xylophone shop", 15: "x"} | {n: f"Xenon {n}" for n in range(1, 21) if n not in (3, 15)})
    session = await opened(replace(settings, site="X"), "admin")
    assert session.site.id == 15
    session = await open_session(settings, Secret(TOKENS["admin"]))
    found = await find_sites(session, ("all",))
    assert (len(found.sites), found.problems, found.is_all) == (20, {}, True)
    await session.client.aclose()


@pytest.mark.parametrize(("count", "shown", "is_all"), [(2_000, 2_000, True), (10_001, 10_000, False)])
async def test_all_sites_are_listed_page_by_page(
    matomo: SmallMatomo, settings: Settings, count: int, shown: int, is_all: bool
) -> None:
    names(matomo, count, {})
    session = await open_session(settings, Secret(TOKENS["admin"]))
    found = await find_sites(session, ("all",))
    assert [site.id for site in found.sites] == list(range(1, shown + 1))
    assert (found.problems, found.is_all) == ({}, is_all)
    await session.client.aclose()


@pytest.mark.parametrize("wanted", ["Nope", "99"])
async def test_a_site_that_is_not_there_is_named(settings: Settings, wanted: str) -> None:
    with pytest.raises(BadRequest, match=wanted):
        await open_session(replace(settings, site=wanted), Secret(TOKENS["admin"]))


@pytest.mark.parametrize(("wanted", "says"), [("Shpo", "Did you mean 'Shop'?"), ("Nope", "Its sites: Shop, Blog.")])
async def test_an_unknown_site_brings_a_suggestion_for_one_request(
    matomo: SmallMatomo, settings: Settings, wanted: str, says: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        await open_session(replace(settings, site=wanted), Secret(TOKENS["admin"]))
    assert str(caught.value) == f"This token has access to no site with the name {wanted!r}. {says}"
    assert len(matomo.sent) == 3


async def test_a_site_that_the_token_may_not_see_is_as_if_it_were_not_there(settings: Settings) -> None:
    with pytest.raises(BadRequest, match="no site with the id or name '3'"):
        await open_session(replace(settings, site="3"), Secret(TOKENS["admin"]))


def test_choosing_prefers_the_exact_name_and_lists_what_is_left() -> None:
    sites = [Site(id=n, name=name) for n, name in enumerate(["Shop", "shop", "Shop EU", "Web Shop", "2024"], 1)]
    assert choose_site("Shop", sites).id == 1
    assert choose_site("shop", sites).id == 2
    assert choose_site("web", sites).id == 4
    assert choose_site("2024", sites).id == 5
    with pytest.raises(SeveralMatch) as caught:
        choose_site("SHOP", sites)
    assert "Shop (id 1), shop (id 2). Use the id." in str(caught.value)


def test_many_namesakes_and_hostile_names_make_a_bounded_printable_sentence() -> None:
    sites = [Site(id=n, name=f"Shop \x1b[2J{n}" + "x" * 500) for n in range(100)]
    with pytest.raises(BadRequest) as caught:
        choose_site("shop", sites)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) < 700
    assert "and 92 more" in sentence


async def test_the_token_goes_as_bearer_where_that_is_wanted(matomo: SmallMatomo, settings: Settings) -> None:
    await opened(replace(settings, auth="bearer"), "view")
    assert matomo.tokens_sent == [TOKENS["view"]] * 2
    assert all("token_auth" not in form for form in matomo.sent)


async def test_no_site_with_a_bearer_header_suggests_that_it_did_not_arrive(settings: Settings) -> None:
    with pytest.raises(NoAccess, match=r"as a Bearer header, which Matomo before 5\.4 ignores and some web"):
        await open_session(replace(settings, auth="bearer"), Secret(TOKENS["noaccess"]))


@pytest.mark.parametrize(
    ("version", "ignored"), [("5.0.2", True), ("5.3.9", True), ("5.4.0", False), ("5.10.0", False)]
)
async def test_a_version_that_ignores_the_bearer_header_is_said(
    matomo: SmallMatomo, settings: Settings, version: str, ignored: bool
) -> None:
    matomo.rows["API.getMatomoVersion"] = {"value": version}
    session = await open_session(replace(settings, auth="bearer"), Secret(TOKENS["view"]))
    await session.client.aclose()
    assert bool(ignored_bearer(session)) is ignored
    assert not ignored_bearer(dataclasses.replace(session, token=Secret("anonymous")))
    assert not ignored_bearer(dataclasses.replace(session, settings=settings))


async def test_everybodys_token_opens_a_public_matomo(matomo: SmallMatomo, settings: Settings) -> None:
    matomo.tokens["anonymous"] = {3: "view"}
    session = await open_session(settings, Secret("anonymous"))
    await session.client.aclose()
    assert (session.site.name, session.access.role(3)) == ("Docs", "view")
    matomo.tokens["anonymous"] = {}
    with pytest.raises(NoAccess, match="shows no site without a token"):
        await open_session(settings, Secret("anonymous"))


async def test_sections_and_the_live_screen_share_the_count_of_a_revoked_token(
    matomo: SmallMatomo, settings: Settings
) -> None:
    token = Secret(TOKENS["view"])
    one, other = await open_session(settings, token), await open_session(settings, token)
    del matomo.tokens[token.reveal()]
    before = len(matomo.sent)
    for client in (one.client, other.client, one.client, other.client):
        with pytest.raises(TokenRejected):
            await client.call(live.get_counters(1, 3))
    with pytest.raises(TokenRejected, match="Not sent again"):
        await open_session(settings, token)
    assert len(matomo.sent) - before == MOST_REJECTIONS
    for session in (one, other):
        await session.client.aclose()


async def test_a_rejected_token_is_sent_twice_and_never_more(matomo: SmallMatomo, settings: Settings) -> None:
    wrong = Secret("wrong-0123456789")
    for _ in range(4):
        with pytest.raises(TokenRejected) as caught:
            await open_session(settings, wrong)
        assert "wrong-0123456789" not in str(caught.value)
    assert matomo.tokens_sent == ["wrong-0123456789"] * MOST_REJECTIONS
    assert "Not sent again" in str(caught.value)
    await opened(settings, "view")


def renewing(folder: Path, *tokens: str) -> TokenSource:
    """A source whose command prints the next of ``tokens`` at each run, and then always the last one."""
    counter = folder / "runs"
    code = (
        f"import pathlib; f = pathlib.Path({str(counter)!r}); n = len(f.read_text()) if f.exists() else 0; "
        f"f.write_text('x' * (n + 1)); t = {list(tokens)!r}; print(t[min(n, len(t) - 1)])"
    )
    settings = Settings(profile="shop", token_command=(sys.executable, "-c", code))
    return TokenSource(settings, folder=folder, keyring=NO_KEYRING)


async def test_a_site_that_this_token_may_no_longer_view_leaves_out_no_other(
    matomo: SmallMatomo, settings: Settings
) -> None:
    session = await open_session(settings, Secret(TOKENS["admin"]))
    matomo.tokens[TOKENS["admin"]] = {1: "admin"}
    found = await find_sites(session, ("2", "1"))
    assert [site.id for site in found.sites] == [1]
    assert {name: type(problem) for name, problem in found.problems.items()} == {"2": NoAccess}
    await session.client.aclose()


async def test_the_command_is_run_once_more_for_a_rejected_token(
    matomo: SmallMatomo, settings: Settings, tmp_path: Path
) -> None:
    source = renewing(tmp_path, "expired-0123456789", TOKENS["view"])
    session = await Reconnecting(source)(settings, await source.fetch())
    await session.client.aclose()
    assert session.token == Secret(TOKENS["view"])
    assert matomo.tokens_sent == ["expired-0123456789", TOKENS["view"], TOKENS["view"]]


async def test_the_same_token_again_is_not_sent_again(matomo: SmallMatomo, settings: Settings, tmp_path: Path) -> None:
    source = renewing(tmp_path, "expired-0123456789")
    with pytest.raises(TokenRejected):
        await Reconnecting(source)(settings, await source.fetch())
    assert matomo.tokens_sent == ["expired-0123456789"]


async def test_a_typed_token_that_is_rejected_does_not_bring_out_that_of_the_profile(
    matomo: SmallMatomo, settings: Settings, tmp_path: Path
) -> None:
    source = renewing(tmp_path, TOKENS["admin"], TOKENS["view"])
    await source.fetch()
    with pytest.raises(TokenRejected):
        await Reconnecting(source)(settings, Secret("typed-0123456789"))
    assert matomo.tokens_sent == ["typed-0123456789"]


async def test_a_token_that_is_revoked_while_polling_is_renewed_by_the_command(
    matomo: SmallMatomo, settings: Settings, tmp_path: Path
) -> None:
    source = renewing(tmp_path, TOKENS["admin"], TOKENS["view"])
    session = await Reconnecting(source)(settings, await source.fetch())
    await session.client.aclose()
    fresh = await renew(session, open_session)
    assert fresh is not None
    await fresh.client.aclose()
    assert fresh.token == Secret(TOKENS["view"])
    without = dataclasses.replace(session, source=None)
    assert await renew(without, open_session) is None


async def test_a_renewed_token_whose_first_request_fails_is_there_for_another_attempt(
    matomo: SmallMatomo, settings: Settings, tmp_path: Path
) -> None:
    source = renewing(tmp_path, "revoked-0123456789", TOKENS["view"], "wrong-0123456789")
    await source.fetch()
    session = await opened(settings, "admin")
    session = dataclasses.replace(session, token=Secret("revoked-0123456789"), source=source)
    matomo.answer = lambda _form, _headers: html_response("Maintenance", status=503)
    with pytest.raises(ServerError):
        await renew(session, open_session)
    matomo.answer = None
    fresh = await renew(session, open_session)
    assert fresh is not None
    await fresh.client.aclose()
    assert fresh.token == Secret(TOKENS["view"])


async def test_a_token_is_renewed_although_the_site_of_the_start_has_another_name_now(
    matomo: SmallMatomo, settings: Settings, tmp_path: Path
) -> None:
    source = renewing(tmp_path, TOKENS["admin"], TOKENS["view"])
    await source.fetch()
    settings = replace(settings, site="Blog")
    session = await opened(settings, "admin")
    matomo.sites[2] = "Journal"
    fresh = await renew(dataclasses.replace(session, source=source), open_session)
    assert fresh is not None
    await fresh.client.aclose()
    assert (fresh.token, fresh.site, fresh.settings) == (Secret(TOKENS["view"]), session.site, settings)


async def test_what_answers_but_is_no_matomo(matomo: SmallMatomo, settings: Settings) -> None:
    matomo.answer = lambda _form, _headers: html_response("Welcome to nginx!")
    with pytest.raises(NotMatomo, match="Welcome to nginx"):
        await open_session(settings, Secret(TOKENS["view"]))
    matomo.answer = lambda _form, _headers: html_response(
        "Matomo › Error", "Error: You have had too many failed logins, try again later.", 500
    )
    with pytest.raises(LockedOut):
        await open_session(settings, Secret(TOKENS["view"]))


async def test_a_redirect_is_not_followed(matomo: SmallMatomo, settings: Settings) -> None:
    matomo.answer = lambda _form, _headers: Response(
        301, b"", {"location": settings.url.replace("http:", "https:") + "/index.php"}
    )
    with pytest.raises(Redirected) as caught:
        await open_session(settings, Secret(TOKENS["view"]))
    assert caught.value.upgrade == settings.url.replace("http:", "https:")
    assert len(matomo.sent) == 1


async def test_what_cannot_be_connected_to_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="https:// or http://"):
        await open_session(Settings(url="ftp://x.example"), Secret("abc"))
    with pytest.raises(Unreachable):
        await open_session(Settings(url="http://127.0.0.1:9"), Secret("abc"))
    failing = (sys.executable, "-c", "import sys; sys.exit('vault is sealed')")
    with pytest.raises(BadRequest, match=r"basic_auth_password_command.*vault is sealed"):
        await open_session(
            Settings(url="http://127.0.0.1:9", basic_auth_user="u", basic_auth_password_command=failing), Secret("abc")
        )


async def test_basic_auth_in_front_gets_its_password_from_the_command(matomo: SmallMatomo, settings: Settings) -> None:
    seen = []

    def answer(_form: dict[str, str], headers: dict[str, str]) -> Response:
        seen.append((headers.get("authorization"), headers.get("x-key")))
        return html_response("nothing")

    matomo.answer = answer
    command = (sys.executable, "-c", "print('pass:word')")
    with pytest.raises(NotMatomo):
        await open_session(
            replace(
                settings, basic_auth_user="u", basic_auth_password_command=command, headers=(("X-Key", "proxy-key"),)
            ),
            Secret(TOKENS["view"]),
        )
    assert seen == [("Basic dTpwYXNzOndvcmQ=", "proxy-key")]


def test_roles_in_words() -> None:
    assert roles_in_words(Access(True, {1: "superuser", 2: "superuser"})) == "superuser, 2 sites"
    assert roles_in_words(Access(False, {1: "admin", 2: "view", 3: "view"})) == "admin on 1 site, view on 2 sites"
    assert roles_in_words(Access()) == "no access to any site"
    assert "1,234 sites" in roles_in_words(Access(False, dict.fromkeys(range(1234), "view")))


async def test_a_session_does_not_show_its_token(settings: Settings) -> None:
    session = await opened(settings, "view")
    assert TOKENS["view"] not in repr(session)

"""``matomo-tui get``: formats, paging, exit codes, and what may not be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from matomo_tui.api.transport import Response
from tests.cli.conftest import Invoke
from tests.headless.paged_matomo import PagedMatomo
from tests.recorded import html_response, json_response
from tests.small_matomo import TOKENS, SmallMatomo, serving

ROWS = [{"label": f"/page-{number}", "nb_hits": number} for number in range(250)]


@pytest.fixture
def matomo() -> PagedMatomo:
    return PagedMatomo({"Actions.getPageUrls": ROWS, "VisitsSummary.get": {"nb_visits": 12, "bounce_rate": 0.38}})


@pytest.fixture
def address(matomo: SmallMatomo) -> Iterator[str]:
    with serving(matomo) as url:
        yield url


@pytest.fixture
def get(invoke: Invoke, address: str) -> Invoke:
    return lambda *args, **variables: invoke(
        "get", *args, "--url", address, **{"MATOMO_TOKEN": TOKENS["view"], **variables}
    )


def test_an_answer_in_each_format(get: Invoke, matomo: PagedMatomo) -> None:
    asked = ("VisitsSummary.get", "idSite=1", "period=day", "date=today")
    assert get(*asked).stdout == "name\tvalue\nnb_visits\t12\nbounce_rate\t0.38\n"
    assert get(*asked, "--format", "json").stdout == '{\n  "nb_visits": 12,\n  "bounce_rate": 0.38\n}\n'
    assert get(*asked, "--format", "ndjson").stdout == '{"nb_visits":12,"bounce_rate":0.38}\n'
    assert get(*asked, "--format", "csv").stdout == "nb_visits,bounce_rate\n12,0.38\n"
    assert get(*asked, "--format", "tsv").stdout == "nb_visits\tbounce_rate\n12\t0.38\n"
    markdown = "| nb\\_visits | bounce\\_rate |\n| ---: | ---: |\n| 12 | 0.38 |\n"
    assert get(*asked, "--format", "markdown").stdout == markdown
    assert len(matomo.sent) == 6
    sent = matomo.sent[0]
    assert (sent["method"], sent["idSite"], sent["period"], sent["date"]) == ("VisitsSummary.get", "1", "day", "today")


def test_matomos_limit_is_said_on_standard_error(get: Invoke) -> None:
    result = get("Actions.getPageUrls", "idSite=1", "--format", "ndjson")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 100
    assert "--all reads the rest" in result.stderr
    result = get("Actions.getPageUrls", "idSite=1", "--limit", "7", "--format", "csv", "--columns", "nb_hits")
    assert result.stdout.splitlines() == ["nb_hits", *map(str, range(7))]
    assert result.stderr == ""


@pytest.mark.parametrize("kind", ["table", "csv", "tsv", "ndjson", "markdown", "json"])
def test_all_rows_in_each_format(get: Invoke, kind: str) -> None:
    result = get("Actions.getPageUrls", "idSite=1", "filter_limit=60", "--all", "--format", kind)
    assert (result.exit_code, result.stderr) == (0, "")
    if kind == "json":
        assert json.loads(result.stdout) == ROWS
    lines = result.stdout.splitlines()
    assert len(lines) - {"ndjson": 0, "markdown": 2, "json": 2}.get(kind, 1) == 250
    assert "/page-249" in lines[-2 if kind == "json" else -1]


def test_all_of_several_dates_is_the_same_document(get: Invoke, matomo: PagedMatomo) -> None:
    matomo.tables["Actions.getPageUrls"] = {"2026-11-17": ROWS[:5], "2026-11-18": []}
    asked = ("Actions.getPageUrls", "idSite=1", "period=day", "date=last2", "--format", "json")
    whole, paged = get(*asked), get(*asked, "filter_limit=2", "--all")
    assert json.loads(paged.stdout) == json.loads(whole.stdout) == matomo.tables["Actions.getPageUrls"]


@pytest.mark.parametrize(
    "answer",
    [
        {"2026-11-17": {"nb_visits": 12}, "2026-11-18": []},
        {"2026-11-17": [], "2026-11-18": {"nb_visits": 12}, "2026-11-19": ROWS[:2]},
        {"1": {"2026-11-17": 7440, "2026-11-18": 0}, "2": {"2026-11-17": False, "2026-11-18": ROWS[:1]}},
    ],
)
def test_all_leaves_single_values_as_they_are(get: Invoke, matomo: PagedMatomo, answer: object) -> None:
    matomo.answer = lambda form, _: json_response(answer)
    result = get("VisitsSummary.get", "idSite=all", "period=day", "date=last2", "--format", "json", "--all")
    assert json.loads(result.stdout) == answer


def test_visits_of_several_sites_are_read_site_by_site(get: Invoke, matomo: PagedMatomo) -> None:
    matomo.visits = {"2026-11-20": [1, 2, 3], "2026-11-21": [4]}
    asked = ("Live.getLastVisitsDetails", "idSite=1,2", "period=range", "date=2026-11-20,2026-11-21", "filter_limit=2")
    result = get(*asked, "--all", "--format", "ndjson")
    assert [json.loads(line)["idVisit"] for line in result.stdout.splitlines()] == [4, 1, 2, 3] * 2
    assert {form["idSite"] for form in matomo.sent} == {"1", "2"}


def test_a_single_answer_needs_no_pages(get: Invoke) -> None:
    assert (
        get("VisitsSummary.get", "--all", "--format", "json").stdout
        == get("VisitsSummary.get", "--format", "json").stdout
    )


def test_what_stops_in_the_middle_says_how_far_it_came(get: Invoke, matomo: PagedMatomo) -> None:
    matomo.broken[2] = html_response("Maintenance", "Matomo is in scheduled maintenance.", 503)
    result = get("Actions.getPageUrls", "filter_limit=60", "--all", "--format", "ndjson")
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 120
    assert "stopped after 120 rows; the output is not complete" in result.stderr


@pytest.mark.parametrize(
    "method", ["Goals.addGoal", "SitesManager.deleteSite", "API.getBulkRequest", "CoreAdminHome.runScheduledTasks"]
)
def test_writes_are_refused_before_anything_is_sent(get: Invoke, matomo: PagedMatomo, method: str) -> None:
    result = get(method, "idSite=1")
    assert result.exit_code == 2
    assert f"Not sent: {method}" in result.stderr
    assert result.stdout == ""
    assert matomo.sent == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["VisitsSummary.get", "idSite"], "'idSite' is not a parameter: write KEY=VALUE"),
        (["VisitsSummary.get", "=1"], "is not a parameter"),
        (["VisitsSummary.get", "idSite=1", "idSite=2"], "given twice"),
        (["VisitsSummary.get", "token_auth=abc"], "MATOMO_TOKEN"),
        (["VisitsSummary.get", "format=xml"], "--format"),
        (["visits"], "is not an API method"),
        (["VisitsSummary.get", "--columns", "a", "--format", "json"], "json has whole rows"),
        (["VisitsSummary.get", "--format", "xml"], "'xml' is not one of"),
        (["VisitsSummary.get", "--limit", "0"], "x>=1"),
        (["VisitsSummary.get", "--limit", "5", "--all"], "--limit contradicts --all"),
        (["VisitsSummary.get", "--limit", "5", "filter_limit=3"], "--limit contradicts filter_limit"),
        (["Live.getLastVisitsDetails", "idSite=1", "--all"], "needs period=… and date=…"),
        (["Live.getLastVisitsDetails", "period=day", "date=today", "--all"], "needs idSite=…"),
        ([], "Missing argument 'METHOD'"),
    ],
)
def test_wrong_usage(get: Invoke, matomo: PagedMatomo, arguments: list[str], says: str) -> None:
    result = get(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "abc" not in result.stderr
    assert matomo.sent == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (json_response({"result": "error", "message": "Please specify a value for 'idSite'."}), 1),
        (json_response({"result": "error", "message": "The method 'get' does not exist."}), 1),
        (html_response("Error", "Unable to authenticate with the provided token. It is invalid.", 401), 1),
        (html_response("Error", "Too many failed logins.", 500), 3),
        (html_response("Maintenance", "Matomo is in scheduled maintenance.", 503), 3),
        (json_response({}, 429), 3),
        (html_response("Bad gateway", "nginx", 502), 3),
        (html_response("Welcome", "A shop."), 1),
    ],
)
def test_exit_codes(invoke: Invoke, answer: Response, code: int) -> None:
    matomo = SmallMatomo(answer=lambda *_: answer)
    with serving(matomo) as address:
        result = invoke("get", "VisitsSummary.get", "--url", address, MATOMO_TOKEN=f"{code}-{id(answer)}-0123456789")
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")


def test_no_server_at_all_is_worth_another_try(invoke: Invoke) -> None:
    result = invoke("get", "VisitsSummary.get", "--url", "http://127.0.0.1:9", MATOMO_TOKEN=TOKENS["view"])
    assert (result.exit_code, result.stdout) == (3, "")


def test_without_address_or_token(invoke: Invoke) -> None:
    result = invoke("get", "VisitsSummary.get")
    assert (result.exit_code, "No address" in result.stderr) == (2, True)
    result = invoke("get", "VisitsSummary.get", "--url", "http://127.0.0.1:9")
    assert (result.exit_code, "There is no token" in result.stderr) == (2, True)


def test_site_gives_the_id_of_a_name(invoke: Invoke) -> None:
    matomo = SmallMatomo()
    with serving(matomo) as address:
        result = invoke("get", "VisitsSummary.get", "--site", "Blog", "--url", address, MATOMO_TOKEN=TOKENS["admin"])
    assert result.exit_code == 0, result.output
    assert matomo.sent[-1]["idSite"] == "2"


def test_options_of_the_program_stand_before_it(invoke: Invoke, address: str, matomo: PagedMatomo) -> None:
    assert invoke("--url", address, "get", "VisitsSummary.get", MATOMO_TOKEN=TOKENS["view"]).exit_code == 0


def test_the_demo_answers_too(invoke: Invoke) -> None:
    result = invoke("get", "API.getMatomoVersion", "--demo")
    assert (result.exit_code, result.stdout) == (0, "5.8.0\n")


def test_hostile_text_is_harmless(get: Invoke, matomo: PagedMatomo) -> None:
    matomo.tables["Actions.getPageUrls"] = [{"label": "\x1b]0;pwned\x07\x9b2J\u202etitle", "\x1b[2J": 1}]
    for kind in ("table", "json", "csv", "tsv", "ndjson", "markdown"):
        result = get("Actions.getPageUrls", "--format", kind)
        assert not set(result.stdout) & set("\x1b\x07\x9b\u202e")
        assert "title" in result.stdout


def test_a_limit_of_thousands_of_digits_sets_no_size_of_a_page(get: Invoke) -> None:
    result = get("Actions.getPageUrls", "idSite=1", f"filter_limit={'1' * 5000}", "--all", "--format", "ndjson")
    assert result.exit_code == 0, result.output


def test_a_column_that_no_row_has_is_named(get: Invoke) -> None:
    result = get("Actions.getPageUrls", "idSite=1", "--limit", "3", "--format", "csv", "--columns", "nb_hits,nmae")
    assert result.stdout.splitlines() == ["nb_hits,nmae", "0,", "1,", "2,"]
    assert result.stderr == "matomo-tui: no row has nmae.\n"


def test_a_column_that_a_list_does_not_have_is_refused(invoke: Invoke) -> None:
    for command in ("sites", "goals", "segments"):
        result = invoke(command, "--demo", "--site", "1", "--format", "csv", "--columns", "nmae")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "There is no column 'nmae'. Did you mean 'name'?" in result.stderr

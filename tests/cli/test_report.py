"""``matomo-tui report``, ``sites``, ``goals`` and ``segments`` against the demo and a small Matomo."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.cli.conftest import Invoke
from tests.small_matomo import TOKENS, SmallMatomo, serving

GOALS = [
    {"idsite": 1, "idgoal": 1, "name": "News\x1b[2Jletter", "match_attribute": "url", "pattern": "/thanks"},
    {"idsite": 1, "idgoal": 2, "name": "Order", "match_attribute": "manually", "revenue": "5"},
]
SEGMENTS = [{"idsegment": 3, "name": "Phones in Germany", "definition": "deviceType==smartphone;countryCode==de"}]


def metadata(name: str, module: str, action: str, **more: Any) -> dict[str, Any]:
    return {
        "category": "Behaviour",
        "name": name,
        "module": module,
        "action": action,
        "uniqueId": f"{module}_{action}",
        "metrics": {"nb_visits": "Visits", "nb_actions": "Actions"},
        "processedMetrics": {"bounce_rate": "Bounce Rate"},
        "metricTypes": {"bounce_rate": "percent"},
        **more,
    }


CATALOGUE = [
    metadata("Visits Summary", "VisitsSummary", "get"),
    metadata("Page URLs", "Actions", "getPageUrls", dimension="Page URL", actionToLoadSubTables="getPageUrls"),
    metadata(
        "Exit pages",
        "Actions",
        "getExitPageUrls",
        dimension="Exit Page URL",
        metricsGoal={"nb_conversions_attrib": "Conversions"},
    ),
    metadata("Country", "UserCountry", "getCountry", dimension="Country"),
]
COUNTRIES = [
    {"label": "Germany", "nb_visits": 30, "nb_actions": 90, "bounce_rate": 0.375},
    {"label": '=Fra"nce\x9b', "nb_visits": 10, "nb_actions": 12, "bounce_rate": 0.5},
]


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo(
        rows={
            "API.getReportMetadata": CATALOGUE,
            "UserCountry.getCountry": COUNTRIES,
            "Actions.getPageUrls": [{"label": "shoes", "nb_visits": 5, "nb_actions": 8, "idsubdatatable": 7}],
            "Goals.getGoals": GOALS,
            "SegmentEditor.getAll": SEGMENTS,
        }
    )


@pytest.fixture
def ask(invoke: Invoke, matomo: SmallMatomo) -> Any:
    with serving(matomo) as address:
        yield lambda *args, **variables: invoke(
            *args, "--url", address, **{"MATOMO_TOKEN": TOKENS["view"], "LC_ALL": "C", **variables}
        )


def last(matomo: SmallMatomo, method: str) -> dict[str, str]:
    """The last call of ``method``, within a bulk request or alone."""
    from tests.recorded import calls_sent

    calls = [call for form in matomo.sent for call in calls_sent(list(form.items()))]
    return next(call for call in reversed(calls) if call.get("method") == method)


def test_a_report_in_each_format(ask: Invoke) -> None:
    result = ask("report", "countries", "--date", "2026-11-20")
    assert result.exit_code == 0
    assert result.stdout == ('Country\tVisits\tActions\tBounce Rate\nGermany\t30\t90\t38 %\n=Fra"nce\t10\t12\t50 %\n')
    assert "Country (UserCountry.getCountry); Shop; Fri 20 Nov 2026" in result.stderr
    table = ask("report", "Country", "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(table)))[1:] == [
        ["Germany", "30", "90", "0.375"],
        ["'=Fra\"nce", "10", "12", "0.5"],
    ]
    rows = [{"label": "Germany", "nb_visits": 30, "nb_actions": 90, "bounce_rate": 0.375}]
    rows.append({"label": '=Fra"nce', "nb_visits": 10, "nb_actions": 12, "bounce_rate": 0.5})
    assert json.loads(ask("report", "Country", "--format", "json").stdout) == rows
    lines = ask("report", "Country", "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert ask("report", "Country", "--format", "markdown").stdout.startswith("| Country | Visits |")
    assert "\x9b" not in ask("report", "Country", "--format", "tsv").stdout


def test_quiet_prints_only_data(ask: Invoke) -> None:
    assert ask("report", "Country", "--quiet").stderr == ""


@pytest.mark.parametrize(
    ("name", "method"),
    [
        (["pages"], "Actions.getPageUrls"),
        (["page", "urls"], "Actions.getPageUrls"),
        (["PAGE URLS"], "Actions.getPageUrls"),
        (["Actions.getExitPageUrls"], "Actions.getExitPageUrls"),
        (["actions_getexitpageurls"], "Actions.getExitPageUrls"),
        (["visits"], "VisitsSummary.get"),
        (["countries"], "UserCountry.getCountry"),
    ],
)
def test_reports_are_found_by_name(ask: Invoke, matomo: SmallMatomo, name: list[str], method: str) -> None:
    matomo.rows["Actions.getExitPageUrls"] = matomo.rows["UserCountry.getCountry"]
    result = ask("report", *name)
    assert result.exit_code == 0, result.stderr
    assert f"({method})" in result.stderr


@pytest.fixture
def software(matomo: SmallMatomo) -> None:
    """More reports, with names that do not have the words of their methods."""
    matomo.rows["API.getReportMetadata"] = [
        *CATALOGUE,
        metadata("Goals", "Goals", "get"),
        metadata("Operating System versions", "DevicesDetection", "getOsVersions"),
        metadata("Operating System families", "DevicesDetection", "getOsFamilies"),
        metadata("Returning Visits", "VisitFrequency", "get"),
        metadata("AI Agent Visits", "AIAgents", "get"),
        metadata("City", "UserCountry", "getCity"),
        metadata("国家报告", "Nations", "getNation"),
    ]
    for method in ("VisitFrequency.get", "AIAgents.get", "UserCountry.getCity", "Nations.getNation"):
        matomo.rows[method] = matomo.rows["UserCountry.getCountry"]


@pytest.mark.usefixtures("software")
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("frequency", "VisitFrequency.get"),
        ("agents", "AIAgents.get"),
        ("AI", "AIAgents.get"),
        ("url", "Actions.getPageUrls"),
        ("urls", "Actions.getPageUrls"),
        ("cities", "UserCountry.getCity"),
        ("报告", "Nations.getNation"),
    ],
)
def test_a_report_is_found_by_whole_words_long_beginnings_or_words_of_its_method(
    ask: Invoke, name: str, method: str
) -> None:
    result = ask("report", name)
    assert result.exit_code == 0, result.stderr
    assert f"({method})" in result.stderr


@pytest.mark.usefixtures("software")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("os", "Did you mean Operating System versions, Operating System families or Goals?"),
        ("age", "Did you mean AI Agent Visits"),
        ("ages", "Did you mean AI Agent Visits"),
        ("cou", "Did you mean Country"),
    ],
)
def test_what_has_the_words_is_suggested_before_what_looks_alike(ask: Invoke, name: str, says: str) -> None:
    result = ask("report", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"No report is called '{name}'. {says}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["report", "cuontry"], "Did you mean Country?"),
        (["report", "age"], "No report is called 'age'."),
        (["report", "ip"], "No report is called 'ip'."),
        (["report", "bounce rate"], "No report is called 'bounce rate'. Did you mean"),
        (["report", "zzzz"], "matomo-tui report --list has all names"),
        (["report"], "Which report?"),
        (["report", "pages", "--date", "banana"], "'banana' is not a date"),
        (["report", "pages", "--date", "2199"], "is after today"),
        (["report", "pages", "--period", "day", "--date", "last7"], "more than one day"),
        (["report", "pages", "--period", "day", "--date", "2025"], "is a year, not a day"),
        (["report", "pages", "--compare", "banana"], "Compare with previous, week, year, year-weekday, or a date"),
        (["report", "pages", "--segment", "phones in germny"], "Did you mean Phones in Germany?"),
        (["report", "pages", "--segment", "country=de"], "is not a condition"),
        (["report", "pages", "--columns", "visit"], "Did you mean visits"),
        (["report", "pages", "--sort", "nonsense"], "has no column 'nonsense'"),
        (
            ["report", "exit pages", "--sort", "goal_all_nb_conversions_attrib"],
            "cannot sort this report by goal_all_nb_conversions_attrib, only by label, nb_visits, nb_actions",
        ),
        (["report", "pages", "--row", "shoe"], "Did you mean shoes?"),
        (["report", "pages", "--row", "shoes", "--flat"], "--row and --flat exclude each other"),
        (["report", "pages", "--limit", "0"], "1<=x<=10000"),
    ],
)
def test_wrong_usage_says_what_to_do(ask: Invoke, arguments: list[str], says: str) -> None:
    result = ask(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_options_reach_the_server(ask: Invoke, matomo: SmallMatomo) -> None:
    options = ["--period", "week", "--date", "2026-11-20", "--segment", "phones in germany", "--sort", "Actions"]
    result = ask(
        "report", "countries", *options, "--ascending", "--limit", "7", "--search", "ger", "--columns", "visits"
    )
    assert result.exit_code == 0, result.stderr
    sent = last(matomo, "UserCountry.getCountry")
    assert (sent["period"], sent["date"], sent["filter_limit"]) == ("week", "2026-11-16", "7")
    assert sent["segment"] == "deviceType==smartphone;countryCode==de"
    assert (sent["filter_sort_column"], sent["filter_sort_order"]) == ("nb_actions", "asc")
    assert sent["filter_pattern"] == "ger"
    assert result.stdout.splitlines()[0] == "Country\tVisits"
    assert "segment Phones in Germany" in result.stderr


def test_a_row_is_opened(ask: Invoke, matomo: SmallMatomo) -> None:
    assert ask("report", "pages", "--row", "shoes").exit_code == 0
    assert last(matomo, "Actions.getPageUrls")["idSubtable"] == "7"


def test_a_comparison_has_the_change(ask: Invoke, matomo: SmallMatomo) -> None:
    result = ask("report", "countries", "--compare", "previous", "--columns", "nb_visits")
    assert result.stdout.splitlines()[:2] == ["Country\tVisits\tChange", "Germany\t30\t+0.0 %"]
    for every in ([], ["--all"]):
        result = ask(
            "report", "countries", "--compare", "previous", "--columns", "nb_visits", "--format", "json", *every
        )
        assert json.loads(result.stdout)[0] == {
            "label": "Germany",
            "nb_visits": 30,
            "nb_visits_before": 30,
            "nb_visits_change": 0,
            "nb_visits_change_ratio": 0.0,
        }


def test_a_rate_is_written_as_on_the_screen(ask: Invoke, matomo: SmallMatomo) -> None:
    matomo.rows["UserCountry.getCountry"] = [{"label": "Germany", "nb_visits": 73, "bounce_count": 22}]
    for kind in ("table", "markdown"):
        result = ask("report", "countries", "--columns", "bounce_rate", "--compare", "previous", "--format", kind)
        assert "30 %" in result.stdout
        assert "30.14" not in result.stdout


def test_a_rate_changes_by_percentage_points_of_the_figures_shown(ask: Invoke, matomo: SmallMatomo) -> None:
    def rows(bounces: tuple[int, int, int]) -> list[dict[str, Any]]:
        labels = ("Germany", "Spain", "Poland")
        return [
            {"label": label, "nb_visits": 1000, "bounce_count": count}
            for label, count in zip(labels, bounces, strict=True)
        ]

    now, before = rows((276, 330, 10)), rows((283, 80, 0))
    matomo.rows["UserCountry.getCountry"] = lambda params: before if params["date"] == "2026-11-13" else now
    options = ["--date", "2026-11-20", "--compare", "week", "--columns", "bounce_rate"]
    assert ask("report", "countries", *options).stdout.splitlines() == [
        "Country\tBounce Rate\tChange",
        "Germany\t28 %\t+0 pp",
        "Spain\t33 %\t+25 pp",
        "Poland\t1 %\t+1 pp",
    ]
    lines = ask("report", "countries", *options, "--format", "markdown").stdout.splitlines()
    changes = [["0 pp", "-2.47 % |"], ["25 pp", "312.5 % |"], ["1 pp", " |"]]
    assert [line.split(" | ")[3:] for line in lines[2:]] == changes
    lines = ask("report", "countries", *options, "--format", "csv").stdout.splitlines()
    assert lines[0].endswith('"Bounce Rate, change","Bounce Rate, relative change"')
    assert lines[2] == "Spain,0.33,0.08,0.25,3.125"


def test_a_comparison_of_a_period_that_is_not_over_says_so(ask: Invoke) -> None:
    said = "the period is not over: its figures so far are compared with those of a whole one."
    assert said in ask("report", "countries", "--compare", "previous").stderr
    result = ask("report", "countries", "--compare", "previous", "--all", "--format", "json")
    assert said in result.stderr
    assert "not over" not in result.stdout
    assert "not over" not in ask("report", "countries").stderr
    said = "the comparison period is not over: its figures so far are compared with those of a whole one."
    assert said in ask("report", "countries", "--date", "2026-11-20", "--compare", "today").stderr
    assert "not over" not in ask("report", "countries", "--compare", "previous", "--date", "2026-11-20").stderr


def test_a_report_of_today_that_knows_nothing_of_those_who_are_here_is_not_built_yet(
    ask: Invoke, matomo: SmallMatomo
) -> None:
    matomo.rows |= {"UserCountry.getCountry": [], "VisitsSummary.get": {"nb_visits": 0}}
    matomo.rows["Live.getCounters"] = [{"visits": 3, "actions": 8}]
    assert "There are visits, but Matomo has not built this report yet." in ask("report", "countries").stderr
    assert last(matomo, "Live.getCounters")["lastMinutes"] == "30"
    assert "No visits in this period." in ask("report", "countries", "--date", "2026-11-20").stderr
    matomo.rows["Live.getCounters"] = [{"visits": 0, "actions": 0}]
    assert "No visits in this period." in ask("report", "countries").stderr
    matomo.disabled["Live.getCounters"] = "Visits log is deactivated in website settings."
    result = ask("report", "countries")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No visits in this period." in result.stderr


def test_all_rows_are_read(ask: Invoke, matomo: SmallMatomo) -> None:
    result = ask("report", "countries", "--all", "--format", "csv")
    assert len(result.stdout.splitlines()) == 3
    matomo.rows["UserCountry.getCountry"] = []
    assert ask("report", "countries", "--all", "--format", "json").stdout == "[]\n"
    result = ask("report", "countries")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_limit_contradicts_all_rows(ask: Invoke, matomo: SmallMatomo) -> None:
    for limit in ("2", "100"):
        result = ask("report", "countries", "--all", "--limit", limit)
        assert (result.exit_code, matomo.sent) == (2, [])
        assert "--limit contradicts --all: leave one of them out." in result.stderr


def test_the_label_may_be_named_among_the_columns(ask: Invoke) -> None:
    result = ask("report", "countries", "--columns", "label,nb_visits")
    assert result.stdout.splitlines()[0] == "Country\tVisits"
    header = ask("report", "countries", "--format", "csv").stdout.splitlines()[0]
    result = ask("report", "countries", "--format", "csv", "--columns", header)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, header)
    assert ask("report", "countries", "--columns", "country,visits").stdout.splitlines()[0] == "Country\tVisits"
    for label in ("label", "Country"):
        refused = ask("report", "countries", "--columns", label)
        assert refused.exit_code == 2
        assert "Every row begins with its label: name a column of figures too." in refused.stderr


def test_rows_are_sorted_by_the_label_under_the_name_that_is_printed(ask: Invoke, matomo: SmallMatomo) -> None:
    for label in ("label", "Label", "Country"):
        assert ask("report", "countries", "--sort", label).exit_code == 0
        assert last(matomo, "UserCountry.getCountry")["filter_sort_column"] == "label"


def test_a_single_row_is_a_list_of_metrics(ask: Invoke, matomo: SmallMatomo) -> None:
    matomo.rows["VisitsSummary.get"] = {"nb_visits": 12, "nb_actions": 34, "bounce_rate": 0.25}
    result = ask("report", "visits", "--date", "2026-11-20", "--compare", "week")
    assert result.stdout.splitlines() == [
        "Metric\tFri 20 Nov 2026\tFri 13 Nov 2026\tChange",
        "Visits\t12\t12\t+0.0 %",
        "Actions\t34\t34\t+0.0 %",
        "Bounce Rate\t25 %\t25 %\t+0 pp",
    ]
    result = ask("report", "visits", "--date", "2026-11-20", "--format", "csv")
    assert result.stdout == "Date,Visits,Actions,Bounce Rate\n2026-11-20,12,34,0.25\n"


def test_the_list_of_reports(ask: Invoke) -> None:
    lines = ask("report", "--list").stdout.splitlines()
    assert lines[0] == "name\tcategory\tsubcategory\tmethod\tid"
    assert len(lines) == 5
    assert [row["name"] for row in json.loads(ask("report", "--list", "exit", "--format", "json").stdout)] == [
        "Exit pages"
    ]


FRENCH = {
    "Visits Summary": "Récapitulatif des visites",
    "Page URLs": "URL de la page",
    "Page URL": "URL de la page",
    "Exit pages": "Pages de sortie",
    "Country": "Pays",
    "Visits": "Visites",
}


def in_french(table: dict[str, Any]) -> dict[str, Any]:
    """A report with its names in French, as a Matomo answers in that language."""
    return {
        key: in_french(value) if isinstance(value, dict) else FRENCH.get(value, value) for key, value in table.items()
    }


@pytest.fixture
def french(matomo: SmallMatomo) -> dict[str, str]:
    """The variables of a French user, and a Matomo that knows the language."""
    translated = [*map(in_french, CATALOGUE)]
    matomo.rows["API.getReportMetadata"] = lambda call: translated if call["language"] == "fr" else CATALOGUE
    return {"LC_ALL": "fr_FR.UTF-8"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (["pages"], "URL de la page (Actions.getPageUrls)"),
        (["page", "urls"], "URL de la page (Actions.getPageUrls)"),
        (["visits"], "Récapitulatif des visites (VisitsSummary.get)"),
        (["country"], "Pays (UserCountry.getCountry)"),
        (["pays"], "Pays (UserCountry.getCountry)"),
        (["pages", "de", "sortie"], "Pages de sortie (Actions.getExitPageUrls)"),
        (["sortie"], "Pages de sortie (Actions.getExitPageUrls)"),
    ],
)
def test_a_name_is_that_of_the_same_report_in_every_language(
    ask: Invoke, matomo: SmallMatomo, french: dict[str, str], name: list[str], says: str
) -> None:
    matomo.rows["Actions.getExitPageUrls"] = matomo.rows["UserCountry.getCountry"]
    result = ask("report", *name, **french)
    assert result.exit_code == 0, result.stderr
    assert says in result.stderr


def test_reports_are_listed_by_words_in_english_too(ask: Invoke, french: dict[str, str]) -> None:
    for word in ("country", "pays"):
        rows = json.loads(ask("report", "--list", word, "--format", "json", **french).stdout)
        assert [row["name"] for row in rows] == ["Pays"]
    assert "Did you mean Pays" in ask("report", "paya", **french).stderr
    assert "Did you mean Country" in ask("report", "contry", **french).stderr


def test_columns_have_their_english_names_in_every_language(
    ask: Invoke, matomo: SmallMatomo, french: dict[str, str]
) -> None:
    for visits in ("Visits", "visites", "nb_visits"):
        result = ask("report", "country", "--columns", f"Country,{visits}", "--sort", visits, **french)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.splitlines()[0] == "Pays\tVisites"
        assert last(matomo, "UserCountry.getCountry")["filter_sort_column"] == "nb_visits"
    for label in ("Country", "Pays"):
        assert ask("report", "country", "--sort", label, **french).exit_code == 0
        assert last(matomo, "UserCountry.getCountry")["filter_sort_column"] == "label"


def test_errors_name_no_key_of_the_dashboard(ask: Invoke, matomo: SmallMatomo) -> None:
    matomo.disabled["UserCountry.getCountry"] = "Segment 'bad' is not a supported segment."
    result = ask("report", "countries", "--segment", "bad==1")
    assert result.exit_code == 1
    assert "Segment 'bad' is not a supported segment." in result.stderr
    assert "F drops" not in result.stderr


def test_sites_goals_and_segments(ask: Invoke, matomo: SmallMatomo) -> None:
    result = ask("sites", MATOMO_TOKEN=TOKENS["admin"])
    assert [line.split("\t")[:3] for line in result.stdout.splitlines()] == [
        ["id", "name", "role"],
        ["1", "Shop", "admin"],
        ["2", "Blog", "admin"],
    ]
    assert ask("sites", "doc", "--columns", "name", MATOMO_TOKEN=TOKENS["superuser"]).stdout == "name\nDocs\n"
    goals = json.loads(ask("goals", "--format", "json").stdout)
    assert [(goal["id"], goal["match_attribute"], goal["revenue"]) for goal in goals] == [
        (1, "url", 0),
        (2, "manually", 5),
    ]
    assert "\x1b" not in ask("goals").stdout
    segments = ask("segments", "--format", "csv").stdout.splitlines()
    assert segments[1].startswith('3,Phones in Germany,"deviceType==smartphone;countryCode==de",')
    matomo.rows |= {"Goals.getGoals": [], "SegmentEditor.getAll": []}
    for command in ("goals", "segments"):
        result = ask(command, "--format", "json")
        assert (result.exit_code, result.stdout) == (0, "[]\n")


@pytest.mark.parametrize("command", [["sites"], ["goals"], ["segments"], ["report", "pages"], ["watch"]])
def test_a_token_without_access_is_refused(ask: Invoke, command: list[str]) -> None:
    result = ask(*command, MATOMO_TOKEN=TOKENS["noaccess"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "access" in result.stderr


def test_a_site_that_is_not_there_is_refused_by_matomo(ask: Invoke) -> None:
    assert ask("goals", "--site", "Nope").exit_code == 1
    assert ask("goals", "--site", "o", MATOMO_TOKEN=TOKENS["superuser"]).exit_code == 2  # several match

"""``matomo-tui metrics`` over HTTP: what it prints and writes, and its exit codes."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.conftest import Invoke, started
from tests.small_matomo import TOKENS, SmallMatomo, serving


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo()


@pytest.fixture
def address(matomo: SmallMatomo) -> Iterator[str]:
    with serving(matomo) as url:
        yield url


def sites_in(text: str) -> set[str]:
    families = text_string_to_metric_families(text)
    return {sample.labels["site"] for family in families for sample in family.samples if "site" in sample.labels}


def test_once_prints_the_figures_of_all_sites(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    result = invoke("metrics", "--once", "--url", address, MATOMO_TOKEN=TOKENS["superuser"])
    assert result.exit_code == 0, result.output
    assert "matomo_up 1.0\n" in result.output
    assert 'matomo_visits_30m{site="Blog",site_id="2"} 12.0\n' in result.output
    assert sites_in(result.output) == {"Shop", "Blog", "Docs"}
    assert len(matomo.sent) == 2, "the sites, then their figures"
    assert all(form["token_auth"] == TOKENS["superuser"] for form in matomo.sent)
    assert TOKENS["superuser"] not in result.output


def test_sites_can_be_named_several_times(invoke: Invoke, address: str) -> None:
    sites = ("--site", "3", "--site", "shop")
    result = invoke("metrics", "--once", *sites, "--url", address, MATOMO_TOKEN=TOKENS["superuser"])
    assert sites_in(result.output) == {"Docs", "Shop"}


def test_a_text_file_says_that_matomo_is_down(invoke: Invoke, address: str, tmp_path: Path) -> None:
    file = tmp_path / "matomo.prom"
    once = ("metrics", "--once", "--textfile", str(file), "--url")
    assert invoke(*once, address, MATOMO_TOKEN=TOKENS["view"]).exit_code == 0
    assert "matomo_up 1.0" in file.read_text()
    down = invoke(*once, "http://127.0.0.1:9/", MATOMO_TOKEN=TOKENS["view"])
    assert down.exit_code == 3
    assert "matomo_up 0.0" in file.read_text()
    assert sites_in(file.read_text()) == set()


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--site", "Shopp"), 1, "no site with the name 'Shopp'"),
        (("--interval", "1"), 2, "2<=x<=3600"),
        (("--listen", "127.0.0.1"), 2, "HOST:PORT"),
        (("--textfile", "/no/such/folder/x"), 2, "cannot be written: No such file or directory"),
        (("--token", "x"), 2, "There is no --token"),
    ],
)
def test_what_is_wrong_is_a_sentence(
    invoke: Invoke, address: str, options: tuple[str, ...], code: int, says: str
) -> None:
    result = invoke("metrics", "--once", "--url", address, *options, MATOMO_TOKEN=TOKENS["view"])
    assert (result.exit_code, says in result.output) == (code, True), result.output


def test_a_rejected_token_and_one_without_sites_are_refused(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    assert invoke("metrics", "--once", "--url", address, MATOMO_TOKEN="wrong-0123456789").exit_code == 1
    assert len(matomo.sent) == 1
    none = invoke("metrics", "--once", "--url", address, MATOMO_TOKEN=TOKENS["noaccess"])
    assert (none.exit_code, "access to no site" in none.output) == (1, True)


@pytest.mark.terminal
def test_it_serves_until_it_is_interrupted_and_takes_its_file_along(
    address: str, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "matomo.prom"
    words = ["metrics", "--listen", "127.0.0.1:0", "--textfile", str(file), "--url", address, "--interval", "2"]
    with started({**environment, "MATOMO_TOKEN": TOKENS["view"]}, *words) as process:
        assert process.stderr is not None
        place = process.stderr.readline().split()[-1]
        deadline = time.monotonic() + 30
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        fetched = httpx.get(place).text
        assert "matomo_up 1.0" in fetched
        assert sites_in(fetched) == sites_in(file.read_text()) == {"Shop"}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert not file.exists()

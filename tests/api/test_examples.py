"""The examples in the docstrings and in CONTRIBUTING.md run against the demo and print the documented results."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import io
import pkgutil
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest

from matomo_tui import api
from matomo_tui.api import Matomo, http, matomo
from matomo_tui.demo.app import DemoMatomo
from tests import readme

NOON = 1_795_521_600.0
CHECKER = doctest.OutputChecker()


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> DemoMatomo:
    """A demo Matomo that answers at every address."""
    demo = DemoMatomo(now=lambda: NOON)

    def connect(*args: Any, **options: Any) -> http.HttpTransport:
        return http.HttpTransport(*args, **{**options, "app": demo})

    monkeypatch.setattr(matomo, "HttpTransport", connect)
    return demo


def examples() -> Iterator[doctest.DocTest]:
    """Every docstring of the library with an example."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    names = [api.__name__, *(f"{api.__name__}.{found.name}" for found in pkgutil.iter_modules(api.__path__))]
    for name in names:
        yield from (test for test in finder.find(importlib.import_module(name)) if test.examples)


EXAMPLES = {test.name: test for test in examples()}


def test_there_are_examples_of_the_front_door() -> None:
    assert {"matomo_tui.api", "matomo_tui.api.matomo.Matomo", "matomo_tui.api.matomo.Matomo.pages"} <= EXAMPLES.keys()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
async def test_examples_print_their_documented_results(name: str, demo: DemoMatomo) -> None:
    token = demo.tokens["superuser"]
    async with Matomo("stats.example.org", token) as connected:
        names: dict[str, Any] = {exported: getattr(api, exported) for exported in api.__all__}
        names |= {"token": token, "matomo": connected}
        for example in EXAMPLES[name].examples:
            # As Python's own doctest does it, but with ``await`` outside of functions too.
            code = compile(example.source, name, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            with redirect_stdout(io.StringIO()) as printed:
                if inspect.isawaitable(running := eval(code, names)):  # noqa: S307
                    await running
            said = printed.getvalue()
            assert CHECKER.check_output(example.want, said, doctest.ELLIPSIS), f"{example.source}{said}"


def test_the_code_for_developers_runs(
    demo: DemoMatomo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MATOMO_TOKEN", demo.tokens["superuser"])
    chapter = readme.CONTRIBUTING.read_text(encoding="utf-8").partition("\n## As a library\n")[2].partition("\n## ")[0]
    (source,) = re.findall(r"^```python\n(.*?)^```$", chapter, re.DOTALL | re.MULTILINE)
    exec(compile(source, "CONTRIBUTING.md", "exec"), {"__name__": "__main__"})  # noqa: S102
    visits, *rest = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"[1-9]\d* visits in the last 30 minutes", visits)
    assert len(rest) > 10

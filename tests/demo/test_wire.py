"""The demo against recorded exchanges of both versions: the same request, except for names of data, has an answer of
the same shape, emptiness and status.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

import pytest

from matomo_tui.demo.options import V5_0, V5_8
from tests.demo.asking import Asker, Reply, fewer_visits
from tests.demo.shapes import Shape, differences, shape_of
from tests.wire import Wired, every_exchange, exchanges

AT = 1_795_906_800.0  # 28 November 2026, 23:00 UTC, the time of the recording
MATOMO = {"5.0.2": V5_0, "5.8.0": V5_8}
BULK = "API.getBulkRequest"

# Data of the recorded Matomo only: the same request about the demo's own data.
OWN = {"launch": "warm-light"}
NO_SUCH_SITE = re.compile(r"(?<=idSite=)(?:[5-9]|1[0-9])\b")
NOBODY = re.compile(r"(?<=getUsersAccessFromSite&idSite=)4\b"), "5"  # the site that nobody has access to
STANDING = {"alice", "bob", "carol", "anonymous"}  # users that both have, with the same roles
OWN_PAGE = {"5.0.2": "https://lumen-oak.example/sale", "5.8.0": "https://x.example/"}  # with data, and without

# Additional types, by the last part of the path: a few visits have little of everything.
NULLABLE = (
    *("userId", "city", "region", "referrerName", "referrerKeyword", "referrerUrl", "visitorTypeIcon"),
    *("visitConvertedIcon", "visitEcommerceStatusIcon", "secondsSinceLastEcommerceOrder", "referrerSearchEngineUrl"),
    *("referrerSearchEngineIcon", "referrerSocialNetworkUrl", "referrerSocialNetworkIcon", "referrerAIAssistantUrl"),
    *("referrerAIAssistantIcon", "invited_by", "invite_expired_at", "daysSinceLastEcommerceOrder"),
    *("previousVisitorId", "nextVisitorId"),
)
BESIDES: dict[str, set[str]] = {name: {"string", "number", "null", "bool"} for name in NULLABLE}
BESIDES["invite_status"] = {"string", "number"}  # days left of an invitation
# PHP returns figures as text or number depending on how a row was summed up, which the demo does not reproduce.
LOOSE = re.compile(r"\['(number|string)'\] and never \['(number|string)'\]")
# Keys that are data: users seen or invited; actions, goals and metrics; columns of some rows only. Recordings contain
# no prose and no images.
DATA = re.compile(
    r"last_seen|invited_by|invite_(?:expired|accept)_at|date_registered|\.actionDetails\["
    r"|metricsDocumentation|imageGraph|onlineGuideUrl|\.change: |nb_hits_following_search"
    r"|\[\]\.url: only|sum_daily_(?:entry_|exit_)?nb_uniq_visitors: only"
)
# Data that may be empty: annotations, goals converted.
ANY = {"Annotations.getAll", "Goals.get"}


# Rare rows are in these answers, for which the demo has all its visits on the first site.
BUSY = {"Insights.getMoversAndShakersOverview", "Live.getVisitorProfile"}
BUSY_SITES = "1,abc"
BUSY_PART = "Live."  # of a bulk


def _needs_many_visits(exchange: Wired) -> bool:
    asked = dict(exchange.fields)
    if asked.get("method") == BULK:
        return any(BUSY_PART in value for name, value in exchange.fields if name.startswith("urls["))
    return asked.get("method") in BUSY or asked.get("idSite") == BUSY_SITES


def _share(site: int, busy: bool) -> float:
    """The share of its visits that a site has: a month of them is expensive."""
    if site == 1:
        return 1.0 if busy else 0.2
    return 0.05


@cache
def _demo(version: str, busy: bool) -> Asker:
    asker = Asker(AT, matomo=MATOMO[version], extra_sites=400)
    asker.demo.options.failed_logins = 1000
    return asker


async def own_request(asker: Asker, exchange: Wired) -> list[tuple[str, str]]:
    """The recorded fields with the demo's token, times and rows in place of the recorded ones."""
    fields = []
    for name, value in exchange.fields:
        value = value.replace("{token}", asker.demo.tokens.get(exchange.role, ""))
        value = re.sub(r"(?<=minTimestamp=)\d+", str(int(asker.at) - 600), value)
        value = NOBODY[0].sub(NOBODY[1], NO_SUCH_SITE.sub("1", OWN.get(value, value)))
        if name == "pageUrl":
            value = OWN_PAGE[exchange.version]
        if name == "visitorId":
            seen = await asker.visits(filter_limit=1, minTimestamp=int(asker.at) - 3600, segment="visitCount>3")
            value = str(seen[0]["visitorId"])
        if name == "idSubtable":
            rows = await asker.answer("Events.getAction", idSite=1, period="month", date="today")
            value = str(rows[int(value) - 1]["idsubdatatable"])
        fields.append((name, value))
    return fields


async def send(asker: Asker, exchange: Wired) -> Reply:
    """Send the exchange's request, with the token in its recorded place."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if exchange.auth in ("header", "both"):
        # A different token than in the body, as recorded: equal ones are no conflict.
        role = "view" if exchange.auth == "both" else exchange.role
        headers["authorization"] = f"Bearer {asker.demo.tokens[role]}"
    body = urlencode(await own_request(asker, exchange)).encode()
    return await asker.http("POST", "/index.php", body, headers=headers)


def emptiness(answer: Any) -> str:
    """The emptiness of an answer: ``nothing``, rows with ``nothing in them``, ``zeros``, a ``refusal``, or
    ``something``.
    """
    if answer in ([], {}, None, ""):
        return "nothing"
    if isinstance(answer, dict) and answer.get("result") == "error":
        return "refusal"
    if isinstance(answer, list) and all(row in ([], {}) for row in answer):
        return "nothing in them"
    figures: list[Any] = list(answer.values()) if isinstance(answer, dict) else []
    return "zeros" if figures and all(value == 0 and value is not False for value in figures) else "something"


def _refused(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("result") == "error"


def _heading(page: str) -> str:
    return str(re.findall("<h2>(.*)</h2>", page)[0])


@cache
def _of_its_kind(version: str, module: str) -> Shape:
    """The common shape of everything recorded of a module: a few rows have little of everything."""
    return shape_of(
        answer
        for exchange in exchanges(version)
        for method, answer in parts(exchange.fields, exchange.json)
        if method.partition(".")[0] == module and not _refused(answer)
    )


def parts(fields: Any, answer: Any) -> list[tuple[str, Any]]:
    """The calls of a request by method, each with its own answer."""
    form = dict(fields)
    if form.get("method") != BULK or _refused(answer):
        return [(form.get("method", ""), answer)]
    methods = [re.sub(r"^method(=|%3D)(\w+\.\w+).*", r"\2", url) for name, url in fields if name.startswith("urls[")]
    return list(zip(methods, answer, strict=False))


def compare(version: str, method: str, real: Any, ours: Any, known: Shape | None = None) -> list[str]:
    """The differences between the demo's answer and the real one; ``known`` is the shape of all answers of its kind."""
    if _refused(real):
        return [] if ours == real else [f"{ours!r:.200} and not {real!r:.200}"]
    if method == "UsersManager.getUsersAccessFromSite":
        return _access(real, ours)
    if method == "API.getReportMetadata":
        # The fictional plug-in.
        ours = [row for row in ours if row["module"] != "AssetWatch"]
    found = []
    if emptiness(real) != emptiness(ours) and not (method in ANY and not _refused(ours)):
        found.append(f"{emptiness(ours)} and not {emptiness(real)}")
    lacking = differences(shape_of([real]), shape_of([ours]), BESIDES)
    known = known or _of_its_kind(version, method.partition(".")[0])
    more = differences(known, shape_of([ours]), BESIDES)
    found += [each for each in lacking if each.endswith("missing in the demo")]
    found += [each for each in more if not each.endswith("missing in the demo")]
    return [each for each in found if not DATA.search(each) and not LOOSE.search(each)]


def _access(real: Any, ours: Any) -> list[str]:
    """Access lists: ``[]`` without users, otherwise a role by login."""
    if not real or not ours:
        return [] if real == ours else [f"{ours!r} and not {real!r}"]
    standing = {login: role for login, role in real.items() if login in STANDING}
    same = standing.items() <= ours.items() and set(ours.values()) <= {"view", "write", "admin"}
    return [] if same else [f"{ours!r:.200} and not {real!r:.200}"]


@pytest.mark.parametrize("exchange", every_exchange(), ids=lambda exchange: exchange.name)
async def test_the_wire_is_answered_as_by_the_real_one(exchange: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = _needs_many_visits(exchange)
    fewer_visits(monkeypatch, partial(_share, busy=busy))
    reply = await send(_demo(exchange.version, busy), exchange)
    assert reply.status == exchange.status
    assert reply.headers["content-type"] == exchange.content_type
    if exchange.json is None:
        assert _heading(reply.body.decode()) == _heading(exchange.text)
        return
    real, ours = parts(exchange.fields, exchange.json), parts(exchange.fields, reply.json)
    assert [method for method, _ in ours][: len(real)] == [method for method, _ in real]
    found = {
        method: different
        for (method, theirs), (_, mine) in zip(real, ours, strict=False)
        if (different := compare(exchange.version, method, theirs, mine))
    }
    assert found == {}

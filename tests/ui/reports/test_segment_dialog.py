"""Segments: saved ones, conditions put together with the server's dimensions and values, expressions tried first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from matomo_tui.api.errors import Role
from matomo_tui.ui.reports.dialogs import condition_dialog, segment_dialog
from matomo_tui.ui.reports.dialogs.segment_dialog import SegmentDialog
from tests.recorded import load, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.cases import SIZES, case
from tests.ui.reports.reporting import Look, look, report_context

PHONES = "deviceType==smartphone;countryCode==de"


def recorded(method: str) -> Any:
    """The last answer to ``method``."""
    return [exchange.json for exchange in load("more") if exchange.method == method][-1]


def matomo(**answers: Any) -> ReportMatomo:
    return ReportMatomo(
        **{
            "SegmentEditor__getAll": recorded("SegmentEditor.getAll"),
            "API__getSegmentsMetadata": recorded("API.getSegmentsMetadata"),
            "API__getSuggestedValuesForSegment": recorded("API.getSuggestedValuesForSegment"),
            "VisitsSummary__get": {"nb_visits": 25},
            **answers,
        }
    )


@asynccontextmanager
async def editing(
    served: ReportMatomo | None = None,
    size: tuple[int, int] = (80, 24),
    segment: str = "",
    name: str = "",
    role: Role = "superuser",
) -> AsyncIterator[Look]:
    at = report_context(served or matomo(), role=role, segment=segment, segment_name=name)
    async with look(over=SegmentDialog(at), size=size) as found:
        yield found


def answer(found: Look) -> tuple[str, str] | None:
    (given,) = found.app.answers
    return given  # type: ignore[no-any-return]


async def test_the_saved_ones_stand_below_all_visits() -> None:
    async with editing(segment="countryCode==de") as found:
        for size in SIZES:
            with case(size):
                await found.resize(*size)
                assert "Now: Country code is de" in found.text.replace("Country Code", "Country code")
                assert "Phones in Germany" in found.line("Phones in Germany")
        await found.press("enter")
        assert answer(found) == ("", "")


async def test_a_saved_one_is_taken_under_its_letters_and_name() -> None:
    async with editing() as found:
        await found.press("down", "enter")
        assert answer(found) == (PHONES, "Phones in Germany")


async def test_an_expression_is_tried_on_the_server_before_it_is_taken() -> None:
    served = matomo()
    async with editing(served) as found:
        await found.press("tab", "tab")
        await found.type("countryCode")
        await found.pilot.press("equals_sign", "equals_sign", "d", "e")
        assert "is de" in found.line("is de")
        await found.press("enter")
        assert answer(found) == ("countryCode==de", "")
        (tried,) = [call for call in served.calls if call["method"] == "VisitsSummary.get"]
        assert (tried["segment"], tried["period"], tried["date"]) == ("countryCode==de", "day", "2026-11-23")


async def test_one_that_the_server_refuses_gets_its_sentence_in_place() -> None:
    wrong = refusal("Segment &#039;nonsense&#039; is not a supported segment.")
    async with editing(matomo(VisitsSummary__get=wrong), segment="nonsense==1") as found:
        await found.press("ctrl+o")
        assert "Segment 'nonsense' is not a supported segment." in found.text
        assert not found.app.answers
        await found.press("tab", "tab", "backspace")
        assert "not a supported segment" not in found.text
        await found.press("escape")
        assert answer(found) is None


async def test_what_is_no_segment_at_all_is_not_sent() -> None:
    served = matomo()
    async with editing(served, segment="countryCode") as found:
        await found.press("ctrl+o")
        assert "'countryCode' is not a condition" in found.text
        assert not [call for call in served.calls if call["method"] == "VisitsSummary.get"]


async def test_conditions_are_put_together_from_dimensions_operators_and_suggested_values() -> None:
    served = matomo()
    async with editing(served) as found:
        await found.press("tab", "a")
        await found.type("country code")
        await found.press("enter")
        assert "Country" in found.text
        assert any(line.rstrip("│ ").endswith(" eg") for line in found.app.lines), "the first suggested value"
        await found.type("d")
        await found.press("enter")
        assert "is de" in found.text, "the first value with a d"
        await found.press("enter", "backspace", "backspace")
        await found.type("us")
        await found.press("enter")
        assert "is us" in found.text
        await found.press("o")
        await found.type("countryCode")
        await found.press("enter")
        await found.type("fr")
        await found.press("enter")
        await found.press("a")
        await found.type("devicetype")
        await found.press("enter", "shift+tab", "right", "tab")
        await found.type("tablet")
        await found.press("enter", "enter")
        assert [line.strip(" │▸").split()[0] for line in found.app.lines if " is " in line][-2:] == ["or", "and"]
        await found.press("ctrl+o")
        assert answer(found) == ("countryCode==us,countryCode==fr;deviceType!=tablet", "")


async def test_values_are_asked_for_once_the_cursor_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than the keys take on any machine, and not waited out.
    monkeypatch.setattr(condition_dialog, "PAUSE", 120.0)
    served = matomo()
    async with editing(served) as found:
        await found.press("tab", "enter")
        await found.pilot.press(*["down"] * 8)
        await found.pilot.pause(120.2)
        await found.settle()
        asked = [call["segmentName"] for call in served.calls if "Suggested" in call["method"]]
        assert asked == ["visitCount"]


async def test_a_suggested_address_is_shown_and_taken_without_somebodys_token() -> None:
    served = matomo(API__getSuggestedValuesForSegment=["https://a.example/?token_auth=0123abcd", "https://b.example/"])
    async with editing(served) as found:
        await found.press("tab", "a")
        await found.type("country code")
        await found.press("enter")
        assert "token_auth=***" in found.text
        await found.press("down")
        assert "0123abcd" not in found.text
        assert "starts with" in found.text
        await found.press("down", "enter")
        assert "is https://b.example/" in found.text


async def test_a_condition_is_changed_and_removed() -> None:
    async with editing(segment=PHONES) as found:
        await found.press("tab", "enter")
        await found.press("end")
        for _ in range(len("smartphone")):
            await found.pilot.press("backspace")
        await found.type("tablet")
        await found.press("enter")
        assert "No recent visit has “tablet” here" in found.text
        await found.press("enter")
        assert "is tablet" in found.text
        await found.press("down", "x")
        assert found.line("deviceType==").strip("│ ") == "deviceType==tablet"
        await found.press("ctrl+o")
        assert answer(found) == ("deviceType==tablet", "")


async def test_a_comparison_without_a_value_is_explained() -> None:
    async with editing() as found:
        await found.press("tab", "a")
        await found.type("city")
        await found.press("enter", "shift+tab", "right", "right", "tab", "enter")
        assert "“contains” needs a value" in found.text
        await found.press("shift+tab", "left", "left", "tab", "end")
        await found.pilot.press(*["down"] * 40)
        await found.press("enter")
        assert "City is not set" in found.text


async def test_without_the_server_s_dimensions_expressions_still_work() -> None:
    async with editing(matomo(API__getSegmentsMetadata=refusal("No metadata today."))) as found:
        assert "No metadata today." in found.text
        await found.press("tab", "a")
        assert "write an expression instead" in " ".join(found.text.replace("│", "").split())


async def test_suggestions_that_do_not_come_are_no_obstacle() -> None:
    async with editing(matomo(API__getSuggestedValuesForSegment=refusal("Not now."))) as found:
        await found.press("tab", "a")
        await found.type("city")
        await found.press("enter")
        assert "No suggestions: Not now." in found.text
        await found.type("Ulm")
        await found.press("enter")
        assert "City is Ulm" in found.text


async def test_hostile_names_stay_text() -> None:
    saved = [{"idsegment": 1, "name": "[/]\x1b[31m", "definition": "city==%1B%5B2J", "login": "x"}]
    async with editing(matomo(SegmentEditor__getAll=saved)) as found:
        assert "[/][31m" in found.text
        assert "\x1b" not in found.text


# Values by any word

COUNTRIES = [
    {"label": "Germany", "segment": "countryCode==de", "nb_visits": 700},
    {"label": "Sweden", "segment": "countryCode==se", "nb_visits": 60},
]
DEVICES = [{"label": "Smartphone", "segment": "deviceType==smartphone", "nb_visits": 600}]


def valued(**answers: Any) -> ReportMatomo:
    served = matomo(**answers)
    served.tables = {"UserCountry.getCountry": COUNTRIES, "DevicesDetection.getType": DEVICES}
    return served


def renamed() -> list[Any]:
    """The saved segments under names that no search finds."""
    return [{**saved, "name": f"Mobile {number}"} for number, saved in enumerate(recorded("SegmentEditor.getAll"))]


async def test_the_row_under_the_cursor_is_taken_also_while_values_are_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segment_dialog, "PAUSE", 120.0)
    served = valued()
    async with editing(served) as found:
        await found.type("germany")
        assert "▸" in found.line("Phones in Germany")
        asked = len(served.requests)
        await found.press("enter")
        assert answer(found) == (PHONES, "Phones in Germany"), "and not the country, which comes above it"
        assert len(served.requests) == asked


async def test_words_become_conditions_and_enter_uses_them() -> None:
    served = valued(SegmentEditor__getAll=[])
    async with editing(served) as found:
        await found.type("germ")
        await found.press("enter")
        assert "code is de" in found.text
        await found.type("phones")
        await found.press("enter", "enter")
        assert answer(found) == ("countryCode==de;deviceType==smartphone", "")
    assert max(len(request) for request in served.requests) <= 12


async def test_two_words_at_once_must_both_hold() -> None:
    async with editing(valued(SegmentEditor__getAll=renamed())) as found:
        await found.type("phones germany")
        await found.press("enter")
        assert "code is de" in found.text
        await found.press("enter")
        assert answer(found) == (PHONES, "Mobile 0"), "as it is saved already"


async def test_the_list_offers_saved_segments_and_dimensions_too() -> None:
    async with editing(valued()) as found:
        await found.type("phones in")
        await found.press("enter")
        assert answer(found) == (PHONES, "Phones in Germany")
    async with editing(valued()) as found:
        await found.type("city")
        await found.press("enter")
        assert "Condition" in found.text
        await found.type("berlin")
        await found.press("enter", "enter")
        assert "City is berlin" in found.text


async def test_what_nothing_has_is_said_and_takes_nothing() -> None:
    async with editing(valued()) as found:
        await found.type("qqqq")
        await found.press("enter")
        assert "Nothing found" in found.text
        assert not found.app.answers


async def test_a_country_is_found_by_its_name_in_its_condition() -> None:
    async with editing(valued(API__getSuggestedValuesForSegment=["us", "de", "se"])) as found:
        await found.press("tab", "a")
        await found.type("country code")
        await found.press("enter")
        await found.type("germ")
        assert "Germany  de" in found.text
        await found.press("enter")
        assert "code is de" in found.text


async def test_values_of_the_dimension_before_are_not_shown() -> None:
    served = matomo(API__getSuggestedValuesForSegment=lambda call: [f"a {call['segmentName']}"])
    async with editing(served) as found:
        await found.press("tab", "a")
        await found.type("city")
        await found.press("enter")
        assert "a city" in found.text
        await found.press("shift+tab", "shift+tab")
        await found.pilot.press(*["backspace"] * 4)
        await found.type("country code")
        assert "a city" not in found.text


# Saved segments

OWN = {"idsegment": 3, "name": "Mine", "definition": "city==Ulm", "login": "carol", "enable_only_idsite": 1}
SHARED = {**OWN, "idsegment": 4, "name": "Ours", "login": "root", "enable_all_users": 1}


class Stored:
    """The saved segments of a server."""

    def __init__(self, *segments: dict[str, Any]) -> None:
        self.segments = list(segments)

    def served(self, **answers: Any) -> ReportMatomo:
        return valued(
            SegmentEditor__getAll=lambda _call: list(self.segments),
            SegmentEditor__add=self._add,
            SegmentEditor__update=self._update,
            SegmentEditor__delete=self._delete,
            **answers,
        )

    def _add(self, call: dict[str, str]) -> Any:
        self.segments.append(self._of(call, 9))
        return {"value": 9}

    def _update(self, call: dict[str, str]) -> Any:
        number = int(call["idSegment"])
        self.segments = [self._of(call, number) if one["idsegment"] == number else one for one in self.segments]
        return {"result": "success", "message": "ok"}

    def _delete(self, call: dict[str, str]) -> Any:
        self.segments = [one for one in self.segments if one["idsegment"] != int(call["idSegment"])]
        return {"value": True}

    @staticmethod
    def _of(call: dict[str, str], number: int) -> dict[str, Any]:
        return {
            "idsegment": number,
            "name": call["name"],
            "definition": call["definition"],
            "login": "carol",
            "enable_all_users": int(call["enabledAllUsers"]),
            "enable_only_idsite": int(call.get("idSite", 0)),
        }


async def test_conditions_are_saved_and_used_under_their_name() -> None:
    store = Stored()
    async with editing(store.served()) as found:
        await found.type("germany")
        await found.press("enter", "f2")
        assert "Save the segment" in found.text
        await found.press("enter")
        assert "needs a name" in found.text
        await found.type("Germans")
        await found.press("enter")
        assert answer(found) == ("countryCode==de", "Germans")
    assert [(one["name"], one["definition"]) for one in store.segments] == [("Germans", "countryCode==de")]


async def test_a_saved_segment_is_changed_and_shared() -> None:
    store = Stored(OWN)
    async with editing(store.served()) as found:
        await found.press("down", "f4")
        assert "change “Mine”" in found.text
        await found.press("x", "f2")
        assert "nothing to save" in found.text
    store = Stored(OWN)
    async with editing(store.served()) as found:
        await found.press("down", "f4", "f2")
        await found.press("tab", "tab", "right", "enter")
        assert answer(found) == ("city==Ulm", "Mine")
    (changed,) = store.segments
    assert (changed["idsegment"], changed["enable_all_users"]) == (3, 1)


async def test_a_saved_segment_is_deleted_when_that_was_meant() -> None:
    store = Stored(OWN)
    async with editing(store.served()) as found:
        await found.press("down", "f8")
        assert "Delete the segment “Mine”?" in found.text
        await found.press("enter")
        assert len(store.segments) == 1
        await found.press("f8", "down", "enter")
        assert "Deleted: Mine" in found.text
    assert store.segments == []


def users_of(login: str) -> dict[str, Any]:
    return {
        "UsersManager__getUsersHavingSuperUserAccess": [],
        "UsersManager__getUsersPlusRole": [{"login": login, "role": "view"}],
    }


async def test_somebody_elses_segment_is_not_changed_and_why() -> None:
    async with editing(Stored(SHARED).served(**users_of("carol")), role="view") as found:
        await found.press("down", "f8")
        assert "Ours belongs to root: only root or a superuser can change it." in found.text
        await found.press("f4")
        assert "change “Ours”" not in found.text


async def test_a_viewer_saves_for_themselves_only() -> None:
    store = Stored()
    async with editing(store.served(**users_of("carol")), role="view", segment="city==Ulm") as found:
        await found.press("f2")
        assert "all users" not in found.text
        await found.type("Ulm")
        await found.press("enter")
        assert answer(found) == ("city==Ulm", "Ulm")
    assert store.segments[0]["enable_all_users"] == 0

"""Reports that are refused because of their segment: by a firewall, or as the server has not worked it out."""

from __future__ import annotations

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import AnswerTooLong, BadRequest, Blocked, MatomoError, NotMatomo, ServerError
from matomo_tui.api.transport import Response
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.refusals import explained
from tests.recorded import Fields, calls_sent, json_response, refusal
from tests.reports.matomo import REPORT, TODAY, query

NOT_ACCEPTABLE = b"<html><head><title>Not Acceptable!</title></head><body><h1>By Mod_Security</h1></body></html>"
FORBIDDEN = b"<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>"
UNPROCESSED = (
    "This segment is not known to the segment editor, so its reports were never computed. Create it there and wait. "
    "This segment is not known to the segment editor, so its reports were never computed. Create it there and wait. "
)
SEGMENT = "pageUrl=@select%20union"


class Guarded:
    """A Matomo behind something that answers every request with a segment."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        if any("segment" in call for call in calls_sent(fields)):
            return self._answer
        return json_response([{"label": "/a", "nb_hits": 3}])

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Response(406, NOT_ACCEPTABLE, {"content-type": "text/html"}), Blocked, "taken for an attack"),
        (Response(403, FORBIDDEN, {"content-type": "text/html"}), NotMatomo, "taken for an attack"),
        (json_response(refusal(UNPROCESSED)), BadRequest, "not known to the segment editor"),
    ],
    ids=["406", "403", "unprocessed"],
)
async def test_a_refused_segment_is_named_and_everybody_is_still_there(
    answer: Response, kind: type[MatomoError], said: str
) -> None:
    asked = ReportLoader(Client(Guarded(answer)), lambda site: TODAY)
    with pytest.raises(kind, match=said) as refused:
        await asked.page(ReportRequest(query(segment=SEGMENT), REPORT))
    assert refused.value.is_about_segment
    assert str(refused.value).count(said) == 1
    assert str(refused.value).casefold().count("a firewall") <= 1
    assert type(refused.value) is kind
    assert not isinstance(refused.value, NotMatomo) or refused.value.status == answer.status or kind is Blocked
    assert [row.label for row in (await asked.page(ReportRequest(query(), REPORT))).rows] == ["/a"]


@pytest.mark.parametrize(
    "error",
    [
        NotMatomo("It answered 403.", status=403),
        NotMatomo("It is not what a Matomo sends, whatever the segment."),
        AnswerTooLong("It was cut off."),
        ServerError("It failed."),
        BadRequest("No such period."),
    ],
)
def test_what_the_segment_did_not_bring_about_is_said_as_it_is(error: MatomoError) -> None:
    assert explained(error) is error
    assert not error.is_about_segment

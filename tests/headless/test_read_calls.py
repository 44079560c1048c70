"""Which methods the commands that print may send."""

from __future__ import annotations

import pytest

from matomo_tui.api.errors import BadRequest, NotAllowed
from matomo_tui.headless.read_calls import is_read, read_call

READS = [
    "VisitsSummary.get",
    "Actions.getPageUrls",
    "API.getMatomoVersion",
    "LanguagesManager.uses12HourClockForUser",
    "UsersManager.userExists",
    "UsersManager.hasSuperUserAccess",
    "Insights.canGenerateInsights",
    "CustomJsTracker.doesIncludePluginTrackersAutomatically",
    "JsTrackerInstallCheck.wasJsTrackerInstallTestSuccessful",
    "TagManager.exportContainerVersion",
]
WRITES = [
    "SitesManager.addSite",
    "Goals.updateGoal",
    "SegmentEditor.add",
    "SegmentEditor.unstar",
    "UsersManager.setUserAccess",
    "UsersManager.createAppSpecificTokenAuth",
    "UsersManager.generateInviteLink",
    "UsersManager.newsletterSignup",
    "CoreAdminHome.runScheduledTasks",
    "CoreAdminHome.whatIsNewMarkAllChangesReadForCurrentUser",
    "CustomDimensions.configureNewCustomDimension",
    "PrivacyManager.executeDataPurge",
    "ScheduledReports.sendReport",
    "TagManager.pauseContainerTag",
    "Login.unblockBruteForceIPs",
    "MobileMessaging.validatePhoneNumber",
    "Tour.skipChallenge",
    "McpServer.mcp",
    "Plugin.getaway",
    "Plugin.isolate",
    "API.getBulkRequest",
]


@pytest.mark.parametrize("method", READS)
def test_methods_that_read_become_calls(method: str) -> None:
    call = read_call(method, {"idSite": 1})
    assert (call.method, dict(call.params), call.is_write) == (method, {"idSite": 1}, False)


@pytest.mark.parametrize("method", WRITES)
def test_any_other_method_is_refused(method: str) -> None:
    assert not is_read(method)
    with pytest.raises(NotAllowed) as raised:
        read_call(method, {})
    assert str(raised.value).startswith(f"Not sent: {method}. ")


@pytest.mark.parametrize(
    "method", ["", "VisitsSummary", "get", "a.b.c", "Visits Summary.get", "X.get\x1b[2J", "X.get&y=1"]
)
def test_what_cannot_be_a_method_is_refused(method: str) -> None:
    with pytest.raises(BadRequest, match="is not an API method") as raised:
        read_call(method, {})
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    "name", ["module", "method", "format", "token_auth", "force_api_session", "passwordConfirmation"]
)
def test_parameters_that_the_program_sets_are_refused(name: str) -> None:
    with pytest.raises(BadRequest, match=f"The parameter {name} cannot be given"):
        read_call("VisitsSummary.get", {name: "x"})


def test_a_parameter_may_have_an_index() -> None:
    assert read_call("API.get", {"filter_column[]": "name", "idSites[0]": "1"}).params["filter_column[]"] == "name"
    with pytest.raises(BadRequest, match="not the name of a parameter"):
        read_call("API.get", {"a&token_auth": "x"})

"""The way through every screen, pane and dialog of the program: the road of text to the terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from msgspec.structs import replace

from matomo_tui.config.alert_settings import AlertSetting
from matomo_tui.config.settings import Settings
from matomo_tui.live.poller import SOONEST
from tests.hostile.hostile_matomo import Poison, Refuses
from tests.hostile.stage import URL, HostileStage, hostile_app


@dataclass(frozen=True)
class Step:
    """Keys pressed one after the other, and the widgets that are seen by them, by the names of their classes."""

    name: str
    keys: tuple[str, ...]
    shows: frozenset[str] = frozenset()


def _step(name: str, keys: str, shows: str = "") -> Step:
    return Step(name, tuple(keys.split()), frozenset(shows.split()))


HOME = ("escape",) * 4 + ("1",)
"""Back to the live screen, from wherever a step led."""

STEPS = (
    _step(
        "help",
        "question_mark",
        "CounterTiles FeedPane Freshness Header HelpScreen KeyFooter LiveScreen MinutesChart MinutesPane "
        "RankingPane RankingTable SectionTabs",
    ),
    _step("palette", "ctrl+p a", "PaletteDialog"),
    _step("theme", "t", "ThemeDialog"),
    _step("alerts", "N", "AlertsDialog"),
    _step("counters", "i", "CountersDialog"),
    _step("switcher", "s a", "SiteSwitcher"),
    _step("tracking", "T", "TrackingDialog"),
    _step("feed filter", "slash a enter", "FilterLine"),
    _step("feed columns", "m space", "OrderedChoiceDialog"),
    _step("narrow menu", "f", "NarrowMenu"),
    _step("copy a visit", "y"),
    _step("whole pane", "Z Z"),
    _step("ranking", "tab tab tab right enter y f enter"),
    _step("past", "less_than_sign left", "TimeBar"),
    _step("visit", "enter y tab y right_square_bracket u", "ProfilePane TimelinePane VisitScreen"),
    _step("visits of a user", "slash m a i l enter enter u", "UserVisitsDialog"),
    _step(
        "visits",
        "2 y tab y m",
        "BarList BreadcrumbHeader ColumnChart ColumnsPane EvolutionPane FrequencyPane LineChart "
        "PerformancePane TilesPane VisitsScreen",
    ),
    _step("visits numbers", "2 tab v a", "NotesDialog"),
    _step("annotate", "2 tab A", "AnnotateDialog"),
    _step("meanings", "2 i", "MeaningDialog"),
    _step("period", "2 d", "MonthView PeriodDialog"),
    _step("compare", "2 c"),
    _step("pages", "3 enter y ctrl+y v y", "ReportPane RowDialog TintedTable"),
    _step("page over time", "3 g enter", "RowEvolutionScreen SummaryPane"),
    _step("transitions", "3 x n down enter", "PagePane SidePane TransitionsScreen"),
    _step("report columns", "3 m end enter", "ColumnsDialog"),
    _step("order", "3 o"),
    _step("search", "3 slash a enter"),
    _step("who", "3 w", "VisitLogPane VisitLogScreen"),
    _step("export", "3 e", "ExportDialog Stepper"),
    _step("report list", "7 l slash a enter", "MetricsPane ReportList"),
    _step("referrers", "4 enter"),
    _step("goals", "5 enter", "GoalTable GoalsScreen"),
    _step("events", "6 enter"),
    _step("all sites", "8 space down space x y o slash a", "AllSitesPane AllSitesScreen SiteCards"),
    _step("wall", "8 B", "SiteWall WallScreen"),
    _step("changed", "0 y m", "ChangedPane ChangedScreen"),
    _step("visit log", "V slash a enter enter"),
    _step("segments", "S", "SegmentDialog"),
    _step("condition", "S tab a a enter", "ConditionDialog"),
    _step("save segment", "S down f4 f2", "SaveSegmentDialog"),
    _step("delete a segment", "S down f8", "ConfirmationDialog"),
    _step(
        "admin goals",
        "9 l home enter ctrl+e enter",
        "AdminScreen Form FormRow GoalForm GoalsPane PartList PatternPreviewPane",
    ),
    _step("review", "9 l home enter X y", "Remarks ReviewDialog StepBlock"),
    _step("admin sites", "9 l home down enter enter", "SearchSelect SiteForm SitesPane"),
    _step("site details", "9 l home down enter v y", "SiteCard"),
    _step("tracking code", "9 l home down enter T y", "TrackingCodeDialog"),
    _step("delete a site", "9 l home down enter X"),
    _step("admin users", "9 l home down down enter down enter", "UserForm UsersPane"),
    _step("new user", "9 l home down down enter a", "NewUserForm"),
    _step("existing user", "9 l home down down enter e a", "SearchDialog"),
    _step("access", "9 l home down down down enter down space enter", "AccessPane"),
    _step("tracking test", "9 l home down down down down enter", "TrackingPane"),
    _step("audit", "9 l end enter y", "AuditPane"),
    _step("connect", "C", "ConnectForm ConnectScreen SecretInput"),
)
WIDE = (_step("row pane", "3 Z", "RowPane"),)
TINY = (_step("too small", "2", "SizeNotice"),)
KIOSK = (_step("kiosk", "", "KioskAlerts KioskBand KioskFigures KioskScreen"),)
KIOSK_LACKING = (_step("kiosk without one of its sites", "", "KioskMissing"),)
TABS = (
    _step("tabs", "full_stop", "ProfileTabs"),
    _step("all Matomos", "H", "OverviewScreen"),
    _step("another tab", "ctrl+n"),
    _step("visit in a tab", "full_stop enter u"),
    _step("report in a tab", "full_stop 3 enter"),
    _step("switcher in a tab", "full_stop s a"),
    _step("all sites in a tab", "full_stop 8 x"),
    _step("connect in a tab", "full_stop C"),
    _step("closed tab", "full_stop ctrl+w"),
)
REFUSED = (
    _step("live refused", "r", "Banner"),
    _step("visit refused", "enter u r"),
    _step("visits refused", "2 A x enter"),
    _step("pages refused", "3 enter w g x"),
    _step("goals refused", "5"),
    _step("all reports refused", "7 l"),
    _step("all sites refused", "8 x"),
    _step("wall refused", "8 B"),
    _step("changed refused", "0"),
    _step("visit log refused", "V"),
    _step("segments refused", "S"),
    _step("switcher refused", "s a"),
    _step("past refused", "less_than_sign left left"),
    _step("admin refused", "9 l home enter"),
    _step("admin sites refused", "9 l home down enter a"),
    _step("admin users refused", "9 l home down down enter a"),
    _step("access refused", "9 l home down down down enter"),
    _step("tracking test refused", "9 l home down down down down enter enter"),
    _step("export refused", "3 e enter"),
)


@dataclass(frozen=True)
class Scene:
    """An application and the steps through it."""

    name: str
    steps: tuple[Step, ...]
    size: tuple[int, int]
    settings: Settings = field(default_factory=lambda: Settings(url=URL, interval=3600.0))
    tabs: int = 0
    refuses: Refuses = ""
    """What the Matomo refuses after its first answers, in sentences full of hostile texts."""
    everything: bool = False
    """Whether keys, ids and words with a meaning are hostile too after the first answers, so that steps show less."""


RUSH = AlertSetting({"name": "Rush", "metric": "visits_30", "above": 0})
"""Its sentence names the site."""
WALL = Settings(url=URL, interval=3600.0, kiosk=True, night=None, alerts=(RUSH,))
SCENES = (
    Scene("80×24", STEPS, (80, 24)),
    Scene("120×40", STEPS, (120, 40)),
    Scene("200×60", WIDE, (200, 60)),
    Scene("40×9", TINY, (40, 9)),
    Scene("kiosk", KIOSK, (120, 40), WALL),
    Scene("kiosk without one of its sites", KIOSK_LACKING, (120, 40), replace(WALL, kiosk_sites=("1", "Nowhere"))),
    Scene("tabs", TABS, (120, 40), tabs=2),
    Scene("every key and word", STEPS, (120, 40), everything=True),
    Scene("refusals", REFUSED, (120, 40), refuses="all"),
    Scene("refusals in tabs", (*TABS, *REFUSED), (80, 24), tabs=2, refuses="all"),
    Scene("refusals of parts", REFUSED, (120, 40), refuses="parts"),
)
"""Everything that a user can look at."""

QUICK = ("help", "switcher", "feed filter", "narrow menu", "ranking", "visit", "pages", "report list", "visit log")
"""Steps that are measured."""

RAW_VALUES = ("admin goals", "admin sites", "admin users", "new user", "save segment")
"""Steps to forms, which edit the raw value: only there has the last sanitizer something to do."""


@asynccontextmanager
async def playing(scene: Scene, poison: Poison) -> AsyncIterator[HostileStage]:
    """The application of ``scene`` on a Matomo that is hostile by ``poison``."""
    async with hostile_app(poison, size=scene.size, settings=scene.settings, tabs=scene.tabs) as on:
        poison.refuses, poison.everything = scene.refuses, scene.everything
        on.clock.skip(SOONEST)  # then a key may ask for the next poll
        yield on


async def take(on: HostileStage, step: Step) -> list[str]:
    """Take a step from the live screen and go back to it. Returns what is wrong with what was written; what was shown
    is in ``seen`` of the stage."""
    on.start()
    await on.press(*step.keys)
    await on.press(*HOME)
    found = on.problems()
    if step.name not in RAW_VALUES:
        found += [f"only the last sanitizer has stopped {text}" for text in on.watching.caught]
    return [f"{step.name}: {problem}" for problem in dict.fromkeys(found)]

"""The one registry of actions: keys, footer, help, palette and the README's key table all come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

Context = Literal[
    "app",
    "live",
    "table",
    "feed",
    "ranking",
    "visit",
    "sites",
    "connect",
    "dialog",
    "section",
    "list",
    "report",
    "metrics",
    "columns",
    "row",
    "chart",
    "evolution",
    "calendar",
    "segment",
    "condition",
    "export",
    "around",
    "changed",
    "notes",
]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do. ``name`` is Textual's action (``action_<name>`` where it is bound, or ``app.<name>``),
    ``keys`` its default keys, ``label`` the word in the footer (``""``: not there), ``help`` the sentence in help and
    palette."""

    name: str
    keys: str
    label: str
    help: str
    contexts: tuple[Context, ...]
    show: bool = True
    key_display: str = ""
    priority: bool = False


ACTIONS: tuple[Action, ...] = (
    Action("app.section('live')", "1", "live", "Live: who is on the site now", ("app",), show=False),
    Action("app.section('visits')", "2", "visits", "Visits: the summary, by hour and by weekday", ("app",)),
    Action("app.section('pages')", "3", "pages", "Pages, titles, downloads, outlinks, site search", ("app",)),
    Action("app.section('referrers')", "4", "referrers", "Where visits come from", ("app",)),
    Action("app.section('goals')", "5", "goals", "Goals, orders and products", ("app",)),
    Action("app.section('events')", "6", "events", "Events by category, action and name", ("app",)),
    Action("app.section('all')", "7", "all reports", "Every report of this Matomo", ("app",)),
    Action("app.quit", "ctrl+q", "quit", "Quit", ("app",), show=False, priority=True),
    Action(
        "app.interrupt",
        "ctrl+c",
        "",
        "Quit, or copy the selected text where some is selected",
        ("app",),
        show=False,
        priority=True,
    ),
    Action("app.help", "question_mark", "help", "Keys of what has the focus", ("app",), key_display="?"),
    Action(
        "app.command_palette",
        "ctrl+p",
        "palette",
        "Command palette: every action by name",
        ("app",),
        show=False,
    ),
    Action("app.next_theme", "t", "theme", "Next theme: dark, light, 16 colours", ("app",), show=False),
    Action("app.save_screenshot", "ctrl+s", "screenshot", "Save the screen as an SVG file", ("app",), show=False),
    Action("app.focus_next", "tab", "", "Next pane", ("app",), show=False),
    Action("app.focus_previous", "shift+tab", "", "Previous pane", ("app",), show=False),
    Action("app.back", "escape", "back", "One step back; never quits", ("app",), show=False),
    Action("switch_site", "s", "site", "Switch to another site", ("live", "section")),
    Action("pause", "p", "pause", "Pause polling; the figures stay", ("live",)),
    Action("resume", "p", "go on", "Go on polling", ("live",)),
    Action("poll_now", "r", "refresh", "Poll now", ("live",), show=False),
    Action("retry", "r", "try again", "Try again what failed", ("live",)),
    Action(
        "faster",
        "plus,equals_sign",
        "faster",
        "Poll more often",
        ("live",),
        show=False,
        key_display="+",
    ),
    Action("slower", "minus", "slower", "Poll less often", ("live",), show=False, key_display="-"),
    Action(
        "reconnect",
        "c",
        "connect",
        "Connect anew: another address, token or profile",
        ("live",),
        show=False,
    ),
    Action(
        "clear_segment",
        "F",
        "",
        "Drop the segment that everything is narrowed to",
        ("live",),
        show=False,
    ),
    Action("cursor_up", "up,k", "", "One row up", ("table",), show=False),
    Action("cursor_down", "down,j", "", "One row down", ("table",), show=False),
    Action("page_up", "pageup", "", "One page up", ("table",), show=False),
    Action("page_down", "pagedown", "", "One page down", ("table",), show=False),
    Action("first", "home", "", "First row", ("table",), show=False),
    Action("last", "end", "", "Last row", ("table",), show=False),
    Action("open", "enter", "open", "Open the visit: its timeline and its visitor", ("feed",), key_display="⏎"),
    Action(
        "filter",
        "slash",
        "find",
        "Filter the feed by IP, country, page, source or user id",
        ("feed",),
        key_display="/",
    ),
    Action("clear_filter", "escape", "all visits", "Drop the filter", ("feed",)),
    Action("narrow", "f", "only this", "Narrow everything to what is under the cursor", ("feed", "ranking")),
    Action(
        "next_ranking",
        "right",
        "other ranking",
        "The next ranking: pages, sources, countries, devices, goals and events",
        ("ranking",),
        key_display="←→",
    ),
    Action("previous_ranking", "left", "", "The ranking before this one", ("ranking",), show=False),
    Action("copy", "y", "copy", "Copy the row under the cursor", ("feed", "ranking", "visit")),
    Action("screen.test", "ctrl+t", "test", "Try the connection and say what it finds", ("connect",)),
    Action("screen.save_and_open", "ctrl+o", "open", "Save the profile and open the live screen", ("connect",)),
    Action("screen.look_at_demo", "ctrl+l", "demo", "Look at the built-in demo first", ("connect",)),
    Action("screen.go_back", "escape", "back", "End the attempt, or go back; never quits", ("connect",)),
    Action(
        "open",
        "enter",
        "open visit",
        "The timeline of the visit under the profile's cursor",
        ("visit",),
        key_display="⏎",
    ),
    Action("retry", "r", "try again", "Ask Matomo again for the visitor's profile", ("visit",)),
    Action(
        "choose",
        "enter",
        "switch",
        "Switch to the site under the cursor",
        ("sites",),
        key_display="⏎",
        priority=True,
    ),
    Action("close", "escape", "close", "Stay with the present site", ("sites",), priority=True),
    Action("move(-1)", "up", "", "One site up, while typing", ("sites",), show=False, priority=True),
    Action("move(1)", "down", "", "One site down, while typing", ("sites",), show=False, priority=True),
    Action("page(-1)", "pageup", "", "One page up, while typing", ("sites",), show=False, priority=True),
    Action("page(1)", "pagedown", "", "One page down, while typing", ("sites",), show=False, priority=True),
    Action("close", "escape,question_mark,q", "close", "Close", ("dialog",)),
    Action(
        "previous_visitor",
        "left_square_bracket",
        "earlier visitor",
        "The visitor before this one",
        ("visit",),
        key_display="[",
    ),
    Action(
        "next_visitor",
        "right_square_bracket",
        "later visitor",
        "The visitor after this one",
        ("visit",),
        key_display="]",
    ),
    Action("reload", "r", "reload", "Ask Matomo again, past what is kept here", ("section",), show=False),
    Action("step(-1)", "left_square_bracket", "earlier", "The period before", ("section",), key_display="["),
    Action("step(1)", "right_square_bracket", "later", "The period after", ("section",), key_display="]"),
    Action("pick_period", "d", "date", "Pick a day, week, month, year or range", ("section",)),
    Action("kind('day')", "D", "", "The day", ("section",), show=False),
    Action("kind('week')", "W", "", "The week", ("section",), show=False),
    Action("kind('month')", "M", "", "The month", ("section",), show=False),
    Action("kind('year')", "Y", "", "The year", ("section",), show=False),
    Action("compare", "c", "compare", "Compare with the period before, the year before, or nothing", ("section",)),
    Action("segment", "S", "segment", "Pick or write a segment: which visits count", ("section",)),
    Action("clear_segment", "F", "", "Everybody again: no segment", ("section",), show=False),
    Action("export", "e", "export", "Write what is seen, or all rows, to a file", ("section",)),
    Action("show_list", "l", "list", "The list of reports", ("section",)),
    Action(
        "go_back", "less_than_sign,alt+left", "", "Back to where one was", ("section",), show=False, key_display="<"
    ),
    Action("go_forward", "greater_than_sign,alt+right", "", "Forward again", ("section",), show=False, key_display=">"),
    Action("open", "enter", "open", "Open the report under the cursor", ("list",), key_display="⏎"),
    Action("find", "slash", "find", "Search the reports by name, column or method", ("list",), key_display="/"),
    Action("open", "enter", "open", "Open the row, or close it; without rows below: all about it", ("report",)),
    Action("expand", "right", "", "Open the row", ("report",), show=False),
    Action("collapse", "left", "", "Close the row, or go to the one above it", ("report",), show=False),
    Action("zoom", "z", "into", "Show only what is below this row", ("report",)),
    Action("unzoom", "backspace", "out", "One level up again", ("report",)),
    Action(
        "search", "slash", "find", "Search: what is loaded at once, then on the server", ("report",), key_display="/"
    ),
    Action("sort", "o", "order", "Choose the column to sort by", ("report",)),
    Action("reverse", "O", "", "Sort the other way round", ("report",), show=False),
    Action("flat", "x", "flat", "All levels in one list, or the tree again", ("report",)),
    Action("columns", "m", "columns", "Choose the columns and their order", ("report", "metrics")),
    Action("narrow", "f", "only this", "Only the visits of this row, everywhere", ("report",)),
    Action("details", "v", "details", "The whole row: every figure, nothing cut off", ("report",), show=False),
    Action("evolution", "g", "graph", "This row over time", ("report",)),
    Action("transitions", "n", "around", "What came before and after this page", ("report",)),
    Action("live_here", "w", "who", "The visits on this page now", ("report",)),
    Action("copy", "y", "", "Copy the row", ("report", "metrics"), show=False),
    Action("copy_cell", "ctrl+y", "", "Copy the label, or the address that it has", ("report",), show=False),
    Action("mark", "space", "", "Mark the row, to show several in one chart", ("report",), show=False),
    Action("choose", "space,enter", "choose", "Show the column, or hide it", ("columns",), key_display="space"),
    Action("move(-1)", "K,shift+up", "up", "One place to the left in the table", ("columns",), key_display="K"),
    Action("move(1)", "J,shift+down", "down", "One place to the right in the table", ("columns",), key_display="J"),
    Action("reset", "R", "reset", "The columns that Matomo describes", ("columns",)),
    Action("done", "escape,m", "done", "Take this choice", ("columns",)),
    Action("point(-1)", "left", "earlier point", "The figures of the period before", ("chart",), key_display="←→"),
    Action("point(1)", "right", "", "The figures of the period after", ("chart",), show=False),
    Action("point_first", "home", "", "The first point", ("chart",), show=False),
    Action("point_last", "end", "", "The last point", ("chart",), show=False),
    Action("metric", "m", "metric", "Choose what the chart shows", ("evolution",)),
    Action("numbers", "n", "numbers", "The numbers of the chart as a table, or the chart again", ("evolution",)),
    Action("notes", "a", "notes", "The annotations: what happened when", ("evolution",)),
    Action("annotate", "A", "annotate", "Write an annotation for the day under the cursor", ("evolution", "notes")),
    Action("retry", "r", "try again", "Ask Matomo again", ("around", "changed", "evolution")),
    Action("close", "escape", "close", "Change nothing", ("calendar", "segment", "condition", "notes")),
    Action("copy", "y", "copy", "Copy the figure under the cursor", ("row",)),
)


def bindings(*contexts: Context) -> list[BindingType]:
    """The Textual bindings of these contexts, in the registry's order."""
    return [
        Binding(
            a.keys,
            a.name,
            a.label or a.help,
            show=a.show and bool(a.label),
            key_display=a.key_display or None,
            priority=a.priority,
            tooltip=a.help,
        )
        for a in ACTIONS
        if set(contexts) & set(a.contexts)
    ]

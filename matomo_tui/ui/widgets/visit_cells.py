"""Cells of a table of visits: devices, pages, badges, sources."""

from __future__ import annotations

from msgspec import Struct
from rich.cells import cell_len

from matomo_tui.live.snapshot import Badge, Kind, VisitRow
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.table.columns import Cell, Plain, Span, StyleName

_DEVICES = {
    "smartphone": "phone",
    "feature phone": "phone",
    "smart display": "display",
    "smart speaker": "speaker",
    "portable media player": "player",
    "car browser": "car",
    "wearable": "watch",
    "unknown": "",
}
LOOKS: dict[Kind, StyleName] = {
    Kind.ORDER: "good",
    Kind.GOAL: "accent",
    Kind.CART: "warn",
    Kind.SEARCH: "",
    Kind.EVENT: "muted",
}
"""The colour of each kind that is worth one."""
KEYWORD_WITHHELD = "Keyword not defined"
"""Matomo's English text for a keyword that the search engine does not send, as most do."""


def badge_text(badge: Badge, currency: str, glyphs: Glyphs, *, short: bool = False) -> str:
    """Return ``★ Newsletter € 2.50``, ``$ € 59.90`` or ``⌕ warm lamp``.

    ``short``: the amount without cents from ten up; the name only if there is no amount.
    """
    amount = ""
    if badge.revenue:
        amount = (formatting.money_brief if short else formatting.money_short)(badge.revenue, currency)
    if glyphs.ascii:
        amount = formatting.ascii_money(amount)
    words = amount if amount and (short or badge.kind is Kind.ORDER) else " ".join(filter(None, (badge.text, amount)))
    return f"{glyphs.kinds[badge.kind]} {words}"


class BadgesCell(Struct, frozen=True):
    """As many badges as there is room for, and the number of others. Amounts are never cut."""

    badges: tuple[Badge, ...]
    currency: str
    glyphs: Glyphs

    def __call__(self, width: int) -> Plain:
        for shown in range(len(self.badges), 0, -1):
            for short in (False, True):
                spans = self._spans(shown, short=short)
                if sum(cell_len(text) for text, _ in spans) <= width:
                    return spans
        if not self.badges:
            return ""
        best = self.badges[0]
        whole = self._text(best, short=True)
        return ((whole if cell_len(whole) <= width or not best.revenue else whole[:1], _look(best)),)

    def _spans(self, shown: int, *, short: bool) -> tuple[Span, ...]:
        spans: list[Span] = []
        for badge in self.badges[:shown]:
            spans.append(("  " if spans else "", ""))
            spans.append((self._text(badge, short=short), _look(badge)))
        if shown < len(self.badges):
            spans.append((f" +{len(self.badges) - shown}", "muted"))
        return tuple(spans)

    def _text(self, badge: Badge, *, short: bool) -> str:
        return badge_text(badge, self.currency, self.glyphs, short=short)


class PageCell(Struct, frozen=True):
    """A page's path and, muted, its query and fragment. Both are cut in the middle, because their ends differ most."""

    path: str
    variant: str
    look: StyleName = ""
    ellipsis: str = "…"

    def __call__(self, width: int) -> Plain:
        path, variant = page_pieces(self.path, self.variant, width, ellipsis=self.ellipsis)
        return ((path, self.look), (variant, "muted"))


def page_pieces(path: str, variant: str, width: int, *, ellipsis: str = "…") -> tuple[str, str]:
    """Cut ``path`` and ``variant`` to ``width`` cells together; a long variant gets half of them at most."""
    room = max(width - cell_len(path), min(cell_len(variant), width // 2))
    shown = formatting.cut_middle(variant, room, ellipsis=ellipsis)
    return formatting.cut_middle(path, width - cell_len(shown), ellipsis=ellipsis), shown


def _look(badge: Badge) -> StyleName:
    return LOOKS.get(badge.kind, "muted")


def device_text(device: str) -> str:
    """Return Matomo's device type, the common ones in at most seven letters."""
    return _DEVICES.get(device.lower(), device.lower())


def short_count(number: int, digits: int) -> str:
    """Return a whole number in ``digits`` cells, in thousands if it needs more: figures are never cut."""
    return str(number) if number < 10**digits else f"{min(number // 1000, 10 ** (digits - 1) - 1)}k"


def nth_visit(visit: VisitRow, glyphs: Glyphs) -> str:
    """Return the sign of a new or a returning visitor, with the number of their visits."""
    if not visit.returning:
        return glyphs.new
    return glyphs.returning + ("" if visit.visit_count is None else short_count(visit.visit_count, 3))


def page_cell(visit: VisitRow, look: StyleName, glyphs: Glyphs) -> Cell:
    """Return the last page, after the name of its site if that is not the current one."""
    words = visit.page or visit.page_title or glyphs.dash
    if visit.site_name:
        words = f"{visit.site_name} {glyphs.between} {words}"
    return PageCell(words, visit.page_variant, look, glyphs.ellipsis) if visit.page_variant else ((words, look),)


def source_cell(visit: VisitRow) -> Cell:
    """Return the source and, muted, its keyword."""
    if visit.keyword in ("", KEYWORD_WITHHELD):
        return visit.source
    return ((f"{visit.source} ", ""), (visit.keyword, "muted"))

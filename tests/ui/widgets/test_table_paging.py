"""Rows that come by pages: what is missing, what is known of their number, what is kept."""

from __future__ import annotations

from matomo_tui.ui.widgets.table.paging import MOST, PAGE, PagedRows
from matomo_tui.ui.widgets.table.rows import Row


class Wanting:
    """Counts how often something was wanted."""

    def __init__(self) -> None:
        self.times = 0
        self.drawn = 0
        self.rows: PagedRows[str, int] = PagedRows(str, self._draw, self._want)

    def _draw(self, item: int) -> Row[str]:
        self.drawn += 1
        return Row(str(item), (f"item {item}",))

    def _want(self) -> None:
        self.times += 1


def page(offset: int, count: int = PAGE) -> range:
    """Entries that are their own places."""
    return range(offset, offset + count)


def test_without_a_total_there_is_one_more_until_a_page_is_short() -> None:
    rows = Wanting().rows
    rows.begin(0, page(0), None)
    assert (len(rows), rows.is_total, rows.words) == (101, False, "100 and more")
    rows.take(100, page(100, 20), None)
    assert (len(rows), rows.is_total, rows.words) == (120, True, "120")
    rows.begin(0, page(0), 5_005)
    assert (len(rows), rows.words) == (5_005, "5,005")


def test_what_is_missing_in_view_is_wanted_in_whole_pages_at_once() -> None:
    wanting = Wanting()
    rows = wanting.rows
    rows.begin(0, page(0), 1_000)
    rows.want(0, 30)
    assert (wanting.times, rows.missing) == (0, None)
    rows.want(790, 820)
    assert (wanting.times, rows.missing) == (1, (700, 200))
    rows.take(700, page(700, 200), 1_000, limit=200)
    assert rows.missing is None
    assert rows.row(801) == Row("801", ("item 801",))
    assert rows.row(500) is None


def test_a_row_is_drawn_once_and_anew_when_it_changed() -> None:
    wanting = Wanting()
    rows = wanting.rows
    rows.begin(0, page(0, 10), None)
    assert [rows.row(3), rows.row(3)][1] == Row("3", ("item 3",))
    assert wanting.drawn == 1
    rows.put(3)
    rows.row(3)
    rows.forget_drawn()
    rows.row(3)
    assert wanting.drawn == 3
    assert (rows.index_of("3"), rows.index_of("11")) == (3, None)


def test_of_very_many_that_were_scrolled_through_the_nearest_are_kept() -> None:
    rows = Wanting().rows
    rows.begin(0, page(0), 50_000)
    for offset in range(PAGE, MOST + 10 * PAGE, PAGE):
        rows.take(offset, page(offset), 50_000)
    assert len(rows.items) <= MOST
    assert rows.row(MOST + 10 * PAGE - 1) is not None
    assert rows.row(0) is None
    assert rows.index_of("0") is None
    rows.want(0, 10)
    assert rows.missing == (0, PAGE)

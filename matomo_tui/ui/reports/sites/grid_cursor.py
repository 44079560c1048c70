"""Keys that move a cursor through things that stand in rows side by side."""

from __future__ import annotations


class GridCursorMixin:
    """The actions of a cursor in a grid; the widget says how large the grid is and moves its cursor."""

    @property
    def grid_columns(self) -> int:
        """How many stand side by side."""
        raise NotImplementedError

    @property
    def grid_length(self) -> int:
        """How many there are."""
        raise NotImplementedError

    @property
    def grid_cursor(self) -> int:
        """The place of the cursor."""
        raise NotImplementedError

    def move_to(self, index: int) -> None:
        """Move the cursor, if there is such a place."""
        raise NotImplementedError

    def action_cursor_left(self) -> None:
        self.move_to(self.grid_cursor - 1)

    def action_cursor_right(self) -> None:
        self.move_to(self.grid_cursor + 1)

    def action_cursor_up(self) -> None:
        self.move_to(self.grid_cursor - self.grid_columns)

    def action_cursor_down(self) -> None:
        """Move one row down; to the last place if that row is shorter."""
        beside, last = self.grid_columns, self.grid_length - 1
        if self.grid_cursor // beside < last // beside:
            self.move_to(min(self.grid_cursor + beside, last))

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(self.grid_length - 1)

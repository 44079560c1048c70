"""The application's style sheet, which parses each source once for each theme."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class KeptStylesheet(Stylesheet):
    """A style sheet that keeps the parsed rules.

    Textual forgets them whenever the theme is set, even to the same one, and whenever a style sheet is read: all rules
    were parsed four times before the first frame.
    """

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the variables of a theme. The parsed rules are kept if these are the present variables."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what was added or has other variables.

        Raises as ``parse``; the rules stay as they were then.
        """
        self.parse()

"""Counts the rejections of each token, so that no part of the program keeps sending a rejected one.

Matomo locks out an IP address after 20 failed logins in an hour, valid tokens included: everybody behind the same
address would be locked out by one program that asks again.
"""

from __future__ import annotations

from matomo_tui.api.errors import TokenRejected

MOST_REJECTIONS = 2
"""How often a token that Matomo rejects is ever sent: once, and once more because a person asks for it."""


class Rejections:
    """The count of one token at one Matomo, shared by every client that sends it.

    ``at`` is the Matomo's address for the sentence, ``""`` where it is not known.
    """

    def __init__(self, at: str = "") -> None:
        self.count = 0
        self._at = at
        self.turn = 0

    def begin(self) -> int:
        """Before a request: its turn, for :meth:`accepted`. Raises ``TokenRejected`` where the token may not be sent
        again."""
        if self.count >= MOST_REJECTIONS:
            raise TokenRejected(
                f"Not sent again: {self._at or 'the Matomo'} rejected this token {self.count} times, and would lock "
                "out this computer's address. Use another token, or restart matomo-tui."
            )
        return self.turn

    def rejected(self) -> None:
        """It was rejected once more."""
        self.count += 1
        self.turn += 1

    def accepted(self, turn: int) -> None:
        """A request of that ``turn`` was answered. One that was on its way before a rejection proves nothing."""
        if turn == self.turn:
            self.count = 0

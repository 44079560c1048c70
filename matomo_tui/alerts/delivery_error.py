"""The error of an alert that could not be delivered."""

from __future__ import annotations


class DeliveryError(Exception):
    """An alert was not delivered. The text ends a sentence, and has no secret in it."""

    def __init__(self, sentence: str, *, final: bool = False) -> None:
        """``final``: another attempt would fail too."""
        super().__init__(sentence)
        self.final = final

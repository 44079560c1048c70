"""The line of a call in the audit log: who asked for what, where, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matomo_tui.admin import audit
from matomo_tui.admin.audit import AuditEntry, AuditError, AuditLog


class CallRecord:
    """The record of one call. A later outcome replaces an earlier one when the log is read."""

    def __init__(self, log: AuditLog, entry: AuditEntry, now: Callable[[], float]) -> None:
        """``now`` returns the UTC epoch in seconds."""
        self._log = log
        self._now = now
        self.entry = replace(entry, id=audit.new_id(), user=audit.machine_user())
        """The entry so far."""

    def describe(self, what: str) -> None:
        """Set what was asked for, in plain English."""
        self.entry = replace(self.entry, what=what)

    def locate(self, site_id: int) -> None:
        """Set the site."""
        self.entry = replace(self.entry, site=site_id)

    def allowed(self, reason: str) -> str:
        """Log that the call is allowed. Returns why it must not be answered: it could not be logged; else ``""``."""
        return self._write(audit.ALLOWED, reason)

    def denied(self, reason: str) -> str:
        """Log that the call is denied. Returns the sentence for the agent."""
        return " ".join(filter(None, (f"Denied. {reason}", self._write(audit.DENIED, reason))))

    def failed(self, reason: str) -> str:
        """Log that an allowed call failed. Returns the sentence for the agent."""
        return " ".join(filter(None, (reason, self._write(audit.FAILED, reason))))

    def _write(self, outcome: str, detail: str) -> str:
        try:
            self._log.write(replace(self.entry, when=audit.utc(self._now()), outcome=outcome, detail=detail))
        except AuditError as error:
            return str(error)
        return ""

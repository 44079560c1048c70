"""The header of the admin screens: path and editing state."""

from __future__ import annotations

from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.widgets.breadcrumbs import Crumb

TITLE = "Administration"


def lock_crumb(context: AdminContext) -> Crumb:
    """The editing state for the header of a screen."""
    if context.client.read_only:
        return Crumb("read-only", "muted", 4)
    if not context.may_write:
        return Crumb("nothing to edit", "muted", 4)
    if not context.lock.is_open:
        return Crumb("locked", "muted", 4)
    minutes = max(1, -(-int(context.lock.remaining) // 60))
    return Crumb(f"EDITING, {minutes} min", "only", 0)

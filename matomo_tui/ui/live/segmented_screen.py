"""A screen whose figures are narrowed step by step to a segment."""

from __future__ import annotations

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.live.polled_screen import PolledScreen
from matomo_tui.ui.live.segment_trail import SegmentTrail
from matomo_tui.ui.messages import ChooseSegment, SwitchSite


class SegmentedScreen(PolledScreen):
    """Keeps the steps of narrowing and polls within them."""

    def __init__(self, snapshot: LiveSnapshot) -> None:
        super().__init__(snapshot)
        self._trail = SegmentTrail()

    @property
    def segment(self) -> str:
        """The segment that all figures are narrowed to; ``""`` if none."""
        return self._trail.segment

    @property
    def segment_label(self) -> str:
        """The segment in words."""
        return ", ".join(self._trail.labels)

    def narrow(self, segment: str, label: str) -> None:
        """Narrow all figures to ``segment``, in addition to the segments set before."""
        if self.poller is None or not segment:
            return
        if self._trail.add(segment, label):
            self._switch_segment()
        else:
            self.notify("That segment is already set.", timeout=2, markup=False)

    def set_segment(self, segment: str, label: str) -> None:
        """Replace all steps of narrowing by ``segment``, as it was set in the reports."""
        if segment != self.segment:
            self._trail.replace(segment, label)
            self._switch_segment()

    def undo_narrowing(self) -> bool:
        """Undo one step of narrowing and name it. Returns False if there is none."""
        dropped = self._trail.labels[-1:]
        if not self._trail.pop():
            return False
        self._switch_segment()
        self.notify(f"No longer only: {', '.join(dropped)}. S narrows again.", timeout=6, markup=False)
        return True

    def clear_narrowing(self) -> bool:
        """Undo all steps of narrowing. Returns False if there were none."""
        if not self._trail.clear():
            return False
        self._switch_segment()
        return True

    @property
    def site(self) -> Site:
        """The site that is polled, whose first snapshot may not be drawn yet."""
        return self.poller.snapshot.site if self.poller is not None else self.snapshot.site

    def update_site(self, site: Site) -> None:
        """Use the changed settings of the current site."""
        if self.poller is not None:
            self.poller.update_site(site)

    def action_clear_segment(self) -> None:
        self.clear_narrowing()

    def action_segment(self) -> None:
        """Choose or write a segment."""
        self.post_message(ChooseSegment())

    def action_switch_site(self) -> None:
        self.post_message(SwitchSite())

    def segment_switched(self) -> None:
        """Called after the segment changed."""

    def _switch_segment(self) -> None:
        if self.poller is not None:
            self.poller.switch(segment=self.segment)
        self.segment_switched()

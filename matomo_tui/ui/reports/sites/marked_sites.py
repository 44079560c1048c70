"""The sites chosen for the wall, remembered for each Matomo."""

from __future__ import annotations

from collections.abc import Iterator, Set

from matomo_tui.config.remembered import Remembered

TOPIC = "wall"
"""Where the sites are remembered, by the profile's name or else the address."""
MOST = 400
"""Sites on the wall."""


class MarkedSites(Set[int]):
    """Ids of sites with their names, in the order in which they were marked."""

    def __init__(self, remembered: Remembered | None, key: str) -> None:
        self._remembered = remembered
        self._key = key
        self._names: dict[int, str] = {}
        entry = remembered.get(TOPIC, key) if remembered is not None else None
        for one in entry if isinstance(entry, list) else ():
            match one:
                case [int(site), str(name)] if len(self._names) < MOST:
                    self._names[site] = name

    def __contains__(self, site: object) -> bool:
        return site in self._names

    def __iter__(self) -> Iterator[int]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def name(self, site: int) -> str:
        """The name of a marked site, as it was sent."""
        return self._names.get(site, "")

    def turn(self, site: int, name: str) -> bool:
        """Mark a site, or take its mark. Returns False if there are too many marked already."""
        if site in self._names:
            del self._names[site]
        elif len(self._names) >= MOST:
            return False
        else:
            self._names[site] = name
        if self._remembered is not None:
            self._remembered.put(TOPIC, self._key, [[one, of] for one, of in self._names.items()] or None)
        return True

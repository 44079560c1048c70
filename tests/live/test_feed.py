"""Merging visits: feed and minutes do not depend on order, partition and repetition."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.live import Visit
from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.minutes import MinuteCounts
from matomo_tui.live.snapshot import Feed, Minutes, Presence
from tests.live.fake_clock import START
from tests.live.matomo import SHOP, visit
from tests.live.visits import decode

NOW = int(START)


def versions(number: int, times: list[int]) -> list[Visit]:
    """Successive versions of a visit, one after each of its actions."""
    ordered = sorted(times)
    return [decode(visit(number, *ordered[: n + 1]))[0] for n in range(len(ordered))]


def taken_in(batches: list[list[Visit]], *, bound: int = 500) -> tuple[Feed, Minutes]:
    feed, counts = VisitFeed(SHOP, bound=bound), MinuteCounts(0)
    for batch in batches:
        for seen in feed.merge(batch, now=NOW, updated_at=NOW).changed:
            counts.count(seen, NOW)
    return feed.feed(NOW), counts.minutes(NOW)


JOURNEYS = st.lists(st.lists(st.integers(NOW - 4000, NOW), min_size=1, max_size=6), min_size=1, max_size=8)


@given(JOURNEYS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_and_partition_gives_the_same_feed_and_minutes(
    journeys: list[list[int]], rng: Any, parts: int
) -> None:
    seen = [version for number, times in enumerate(journeys) for version in versions(number, times)]
    expected = taken_in([seen])
    shuffled = seen + rng.choices(seen, k=len(seen))
    rng.shuffle(shuffled)
    batches: list[list[Visit]] = [[] for _ in range(parts)]
    for version in shuffled:
        rng.choice(batches).append(version)
    assert taken_in(batches) == expected
    newest_only = [versions(number, times)[-1] for number, times in enumerate(journeys)]
    assert taken_in([newest_only]) == expected


@given(JOURNEYS, st.randoms(use_true_random=False))
def test_a_bound_keeps_the_newest_in_any_order(journeys: list[list[int]], rng: Any) -> None:
    seen = [version for number, times in enumerate(journeys) for version in versions(number, times)]
    whole, _ = taken_in([seen])
    rng.shuffle(seen)
    bounded, _ = taken_in([[version] for version in seen], bound=3)
    assert bounded.visits == whole.visits[:3]


def test_newest_action_first_and_by_number_within_a_second() -> None:
    feed, _ = taken_in([[*decode(visit(1, NOW - 5), visit(3, NOW - 9), visit(2, NOW - 5), visit(4, NOW - 5))]])
    assert [row.id_visit for row in feed.visits] == [4, 2, 1, 3]


def test_an_older_answer_does_not_undo_a_newer_one() -> None:
    old, new = versions(1, [NOW - 60, NOW - 10])
    feed, minutes = taken_in([[new], [old]])
    assert feed.visits[0].last_action_at == NOW - 10
    assert sum(minutes.actions) == 2


def test_a_row_is_kept_until_it_changes() -> None:
    feed = VisitFeed(SHOP)
    feed.merge(decode(visit(1, NOW - 10), visit(2, NOW - 20)), now=NOW, updated_at=NOW)
    first = feed.feed(NOW)
    assert not feed.merge(decode(visit(1, NOW - 10), visit(2, NOW - 20)), now=NOW + 5, updated_at=NOW + 5).changed
    assert feed.feed(NOW + 5) is first
    changed = feed.merge(decode(visit(1, NOW - 10, userId="alice")), now=NOW + 5, updated_at=NOW + 5).changed
    assert [seen.row.user_id for seen in changed] == ["alice"]
    second = feed.feed(NOW + 5)
    assert second.visits[1] is first.visits[1]
    assert second.visits[0] is not first.visits[0]


def test_presence_follows_the_clock() -> None:
    feed = VisitFeed(SHOP)
    feed.merge(decode(visit(1, NOW)), now=NOW, updated_at=NOW)
    presences = [feed.feed(NOW + age).visits[0].presence for age in (0, 180, 181, 1800, 1801)]
    assert presences == [Presence.ACTIVE, Presence.ACTIVE, Presence.IDLE, Presence.IDLE, Presence.GONE]


def test_an_empty_answer_makes_it_ready() -> None:
    feed = VisitFeed(SHOP)
    assert not feed.feed(NOW).ready
    feed.merge((), now=NOW, updated_at=NOW)
    assert feed.feed(NOW).ready
    assert feed.feed(NOW).visits == ()

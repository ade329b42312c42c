"""The more waits, the less is read; something always is."""

import threading

import pytest

from runner.egress.room import LARGEST_PIECE, LARGEST_WAIT, LEAST_PIECE, MOST, Room


@pytest.mark.parametrize(
    ("held", "piece", "may_wait"),
    [
        pytest.param(0, LARGEST_PIECE, LARGEST_WAIT, id="empty"),
        pytest.param(MOST // 2, LARGEST_PIECE, LARGEST_WAIT, id="half full"),
        pytest.param(MOST - 8 * 65536, 65536, 65536, id="nearly full"),
        pytest.param(MOST, LEAST_PIECE, 0, id="full"),
        pytest.param(2 * MOST, LEAST_PIECE, 0, id="more than full"),
    ],
)
def test_what_is_held_bounds_what_is_read(held: int, piece: int, may_wait: int) -> None:
    room = Room()
    room.held = held
    assert (len(room.piece()), room.may_wait()) == (piece, may_wait)


def test_what_was_taken_stays_when_more_is_read() -> None:
    room = Room()
    room.piece()[:3] = b"one"
    taken = room.taken(3)
    room.piece()[:3] = b"two"
    assert (taken, room.taken(3)) == (b"one", b"two")


def test_every_loop_has_a_room_of_its_own() -> None:
    room, seen = Room(), list[int]()
    room.held = 7
    thread = threading.Thread(target=lambda: seen.append(room.held))
    thread.start()
    thread.join()
    assert (room.held, seen) == (7, [0])

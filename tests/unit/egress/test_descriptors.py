"""How many files may be open once the proxy serves."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from runner.egress.descriptors import make_room_for
soft, hard, connections = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
make_room_for(connections)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "expected"),
    [
        pytest.param(256, 4000, 1000, (2512, 4000), id="raised to what is needed"),
        pytest.param(256, 2000, 1000, (2000, 2000), id="raised to what is permitted"),
        pytest.param(3000, 4000, 1000, (3000, 4000), id="never lowered"),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_it_may_be(
    soft: int, hard: int, connections: int, expected: tuple[int, int]
) -> None:
    words = [sys.executable, "-c", PROGRAM, str(soft), str(hard), str(connections)]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)

    assert tuple(map(int, ran.stdout.split())) == expected

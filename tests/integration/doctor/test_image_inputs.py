"""The doctor and `scripts/build-images` have to agree on what an image is made from."""

import subprocess
from pathlib import Path

import pytest

from runner.doctor.images import NEEDED, Needed, expected_inputs

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize("needed", NEEDED, ids=[needed.reference for needed in NEEDED])
def test_the_hash_of_the_inputs_is_the_script_s(needed: Needed) -> None:
    script = f". scripts/lib/images.sh && inputs {' '.join(needed.folders)}"
    ran = subprocess.run(
        ["bash", "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert expected_inputs(CHECKOUT, needed.folders) == ran.stdout.strip()

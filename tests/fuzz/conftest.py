"""How many examples: few in the normal test run, many under `scripts/fuzz`."""

from hypothesis import settings

# Only chosen by name (--hypothesis-profile=fuzz), so nothing changes for other folders' tests.
settings.register_profile("fuzz", max_examples=1000, database=None)

"""Surveys of workspaces that do not exist."""

from collections.abc import Hashable

from runner.workspace.findings import Known, Survey


def survey(key: Hashable) -> Survey:
    """A survey that found nothing, told from others by its key."""
    return Survey(
        root="/nowhere",
        protected=(),
        pins=(),
        repositories={},
        awaited=frozenset(),
        exposed=(),
        unseen="",
        key=key,
        known=Known({}, {}, {}),
    )

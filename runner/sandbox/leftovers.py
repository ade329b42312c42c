"""What controllers that were killed left behind, found by label and removed."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from runner.interfaces import Engine
from runner.sandbox import owner
from runner.sandbox.session_folder import leftover_folders


@dataclass(frozen=True, slots=True)
class Removed:
    """Names of the containers, and paths of the session folders, that were removed."""

    containers: tuple[str, ...]
    folders: tuple[str, ...]


def remove_leftovers(engine: Engine, environment: Mapping[str, str]) -> Removed:
    """Remove containers and folders of dead controllers; those of living ones are left alone."""
    containers = []
    for container in engine.owned(owner.SESSION):
        if owner.is_ours_and_dead(owner.label_of(container.labels)):
            engine.remove(container.id)
            containers.append(container.name)
    folders = leftover_folders(environment)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return Removed(tuple(containers), tuple(map(str, folders)))

"""All checks in order. What one of them cannot find out is a finding and stops no other,
but without an engine the checks that need one are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.doctor import engine, host, images, runc
from runner.doctor.finding import Finding, Level, attempted, weak
from runner.doctor.trials import Opening, tried
from runner.engines.docker import DockerEngine
from runner.errors import EngineError


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: the user's environment and folders. `checkout` is where `images/` lies
    when sandbox runs from its repository.
    """

    environment: Mapping[str, str]
    home: Path
    workspace: Path
    checkout: Path


def examined(patient: Patient, opening: Opening) -> Iterator[Finding]:
    """Every finding, as soon as it is known. Never raises."""
    yield from attempted("container engine", lambda: _engine(patient, opening))
    yield from attempted("CA bundle", lambda: [host.ca_bundle(patient.environment)])
    workspace = str(patient.workspace)
    yield from attempted("disk here", lambda: [host.disk("disk here", workspace)])
    yield from attempted("kernel", lambda: [host.kernel()])


def _engine(patient: Patient, opening: Opening) -> Iterator[Finding]:
    try:
        found = DockerEngine.from_environment(patient.environment, patient.home)
        found.check()
    except EngineError as error:
        yield engine.unreachable(error)
        return
    with found:
        yield engine.reached(found.address, patient.environment)
        yield from attempted("engine facts", lambda: _facts(found))
        yield from _images_and_cells(found, patient, opening)


def _facts(found: DockerEngine) -> Iterator[Finding]:
    facts = found.facts()
    yield engine.version(facts)
    yield from runc.judged(runc.runtime(facts), runc.installed_package())
    yield engine.user_ids(facts)
    yield engine.limits_offered(facts)
    yield engine.gvisor(facts)
    yield host.disk("disk of the engine", engine.text(facts, "DockerRootDir"))


def _images_and_cells(found: DockerEngine, patient: Patient, opening: Opening) -> Iterator[Finding]:
    looked = list(attempted("images", lambda: images.looked_at(found, patient.checkout)))
    yield from looked
    if any(finding.level is Level.BROKEN for finding in looked):
        why = "What a cell sees of its confinement is the only proof of it."
        yield weak("cells", "not tried, because an image is missing", why, "Make the images first.")
        return
    apparmor = host.kernel_has_apparmor()
    yield from attempted("cells", lambda: tried(found, opening, kernel_has_apparmor=apparmor))

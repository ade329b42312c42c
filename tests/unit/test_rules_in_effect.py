"""Rules follow the files that are followed; one that cannot be used changes nothing."""

import json
from pathlib import Path

import pytest

from runner.egress.current_rules import CurrentRules
from runner.egress.targets import parse_authority
from runner.network import LOOK_SECONDS, RulesInEffect, watched_settings

A, B = parse_authority("a.example:443"), parse_authority("b.example:443")


class Scene:
    """A session's rules over one user's file, with a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "config" / "sandbox" / "settings.json"
        self.file.parent.mkdir(parents=True)
        self.notices: list[str] = []
        self.now = 100.0
        environment = {"XDG_CONFIG_HOME": str(folder / "config")}
        (folder / "workspace").mkdir()
        self.write(allowed=["a.example"])
        watched = watched_settings(folder / "workspace", None, environment=environment, home=folder)
        in_effect = RulesInEffect(
            watched, ["cli.example"], self.notices.append, clock=lambda: self.now
        )
        self.rules = CurrentRules(in_effect)

    def write(self, *, allowed: list[str], denied: list[str] | None = None) -> None:
        network = {"allowedDomains": allowed, "deniedDomains": denied or []}
        self.file.write_text(json.dumps({"sandbox": {"network": network}}))

    def later(self) -> None:
        self.now += LOOK_SECONDS

    def decisions(self) -> tuple[str, str]:
        return self.rules.decide(A).decision, self.rules.decide(B).decision


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path.resolve())


def test_a_change_counts_from_the_next_look_on(scene: Scene) -> None:
    assert scene.decisions() == ("allow", "ask")
    scene.write(allowed=["b.example"], denied=["a.example"])
    assert scene.decisions() == ("allow", "ask")
    scene.later()
    assert scene.decisions() == ("deny", "allow")
    assert scene.rules.denying(A) is not None
    assert scene.rules.decide(parse_authority("cli.example:443")).decision == "allow"
    assert scene.notices == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"unknown": 1}',
        '{"sandbox": {"network": {"allowedDomains": ["*"]}}}',
        '{"permissions": {"allow": ["WebFetch"]}}',
    ],
)
def test_while_a_file_cannot_be_used_nothing_changes_and_that_is_said_once(
    scene: Scene, text: str
) -> None:
    scene.write(allowed=["a.example"], denied=["b.example"])
    scene.later()
    assert scene.decisions() == ("allow", "deny")
    for broken in (text, f"{text}\n", f"{text}\n\n"):
        scene.file.write_text(broken)
        scene.later()
        assert scene.decisions() == ("allow", "deny")
    (notice,) = scene.notices
    assert notice.startswith(f"settings changed and are not in effect: {scene.file}:1: ")
    scene.write(allowed=["b.example"])
    scene.later()
    assert scene.decisions() == ("ask", "allow")
    scene.file.write_text(text)
    scene.later()
    assert scene.decisions() == ("ask", "allow")
    assert len(scene.notices) == 2

"""A real Node project: its dependencies come through the proxy, its suite passes inside."""

import os
from pathlib import Path

import pytest

from tests.end_to_end.command import Completed, SandboxCommand
from tests.end_to_end.registries import host_of, npm_registry, require_answer

pytestmark = [
    pytest.mark.engine, pytest.mark.registry, pytest.mark.slow, pytest.mark.timeout(900),
]  # fmt: skip

# A release that holds its tests; some hundred packages are installed to run them.
PACKAGE = "minimist@1.2.8"
SOURCE = b"const sum = (a: number, b: number) => a + b;\nconsole.log(sum(2, 40));\n"
RETRIES = 2
QUIET = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


@pytest.fixture(autouse=True)
def given_away(workspace: Path) -> None:
    """To root, npm and tar restore owners, which nobody in a cell may."""
    if os.geteuid() == 0:
        os.chown(workspace, 23456, 34567)


@pytest.fixture
def registry(sandbox: SandboxCommand) -> str:
    """The address of npm's registry, as the host's npm has it, else the image's."""
    ran = sandbox("run", "--", "npm", "config", "get", "registry")
    address = npm_registry() or ran.stdout.decode().strip()
    require_answer(address)
    return address


def npm(sandbox: SandboxCommand, registry: str, *arguments: str, allowed: bool = True) -> Completed:
    """`npm ARGUMENTS` in a cell that may contact the registry and nothing else."""
    options = [
        f"--env=npm_config_registry={registry}",
        f"--env=npm_config_fetch_retries={RETRIES if allowed else 0}",
    ]
    if allowed:
        options.append(f"--allow-domain={host_of(registry)}")
    return sandbox("run", *options, "--", "npm", *QUIET, *arguments, patience_seconds=800)


def test_a_package_is_installed_and_its_suite_passes(
    sandbox: SandboxCommand, registry: str, workspace: Path
) -> None:
    packed = npm(sandbox, registry, "pack", PACKAGE)
    assert packed.exit_code == 0, packed.said
    unpacked = sandbox("run", "--", "sh", "-c", "tar -xzf *.tgz --strip-components=1")
    assert unpacked.outcome == (0, b"", b"")

    installed = npm(sandbox, registry, "install", "--ignore-scripts")
    assert installed.exit_code == 0, installed.said
    assert len(list((workspace / "node_modules").iterdir())) > 100

    tested = sandbox("run", "--", "node_modules/.bin/tape", "test/**/*.js")

    assert (tested.exit_code, tested.stderr) == (0, b"")
    assert tested.stdout.rstrip().endswith(b"# ok")


def test_a_compiler_from_the_registry_builds_a_program_that_runs(
    sandbox: SandboxCommand, registry: str
) -> None:
    installed = npm(sandbox, registry, "install", "typescript@5.4.5")
    assert installed.exit_code == 0, installed.said

    script = "cat >main.ts && node_modules/.bin/tsc main.ts && node main.js"
    built = sandbox("run", "--", "sh", "-c", script, input=SOURCE)

    assert built.outcome == (0, b"42\n", b"")


def test_an_installation_without_an_allowed_host_fails_and_says_how_to_allow_it(
    sandbox: SandboxCommand, registry: str
) -> None:
    host = host_of(registry).partition(":")[0]

    ran = npm(sandbox, registry, "pack", PACKAGE, allowed=False)

    assert ran.exit_code != 0
    assert f"refused {host}:" in ran.said
    assert f"sandbox run --allow-domain {host}" in ran.said

"""Where the engine is looked for, and that one on another machine is refused."""

import hashlib
import json
from pathlib import Path

import pytest

from runner.engines.endpoint import DEFAULT_SOCKET, socket_path
from runner.errors import EngineMissing


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The docker command's folder, with two contexts and without a config file."""
    make_context(tmp_path, "rootless", "unix:///run/user/1000/docker.sock")
    make_context(tmp_path, "cloud", "ssh://me@build.example")
    return tmp_path


def make_context(folder: Path, name: str, host: str) -> None:
    """As `docker context create` does it."""
    place = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    place.mkdir(parents=True)
    endpoint = {"Host": host, "SkipTLSVerify": False}
    meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (place / "meta.json").write_text(json.dumps(meta))


def test_without_a_choice_it_is_the_usual_socket(tmp_path: Path) -> None:
    assert socket_path({}, tmp_path) == DEFAULT_SOCKET


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"DOCKER_HOST": "unix:///run/x.sock"}, "/run/x.sock", id="host"),
        pytest.param({"DOCKER_HOST": ""}, DEFAULT_SOCKET, id="empty-host"),
        pytest.param({"DOCKER_CONTEXT": "default"}, DEFAULT_SOCKET, id="default-context"),
        pytest.param(
            {"DOCKER_CONTEXT": "rootless"}, "/run/user/1000/docker.sock", id="named-context"
        ),
        pytest.param(
            {"DOCKER_HOST": "unix:///run/x.sock", "DOCKER_CONTEXT": "cloud"},
            "/run/x.sock",
            id="the-host-goes-before-a-context",
        ),
    ],
)
def test_variables_choose(config: Path, environment: dict[str, str], expected: str) -> None:
    assert socket_path({"DOCKER_CONFIG": str(config), **environment}, Path("/none")) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(
            '{"currentContext": "rootless"}', "/run/user/1000/docker.sock", id="a-context"
        ),
        pytest.param('{"currentContext": ""}', DEFAULT_SOCKET, id="empty"),
        pytest.param('{"auths": {}}', DEFAULT_SOCKET, id="none"),
        pytest.param('{"currentContext": 7}', DEFAULT_SOCKET, id="no-text"),
        pytest.param("[]", DEFAULT_SOCKET, id="a-list"),
        pytest.param("{", DEFAULT_SOCKET, id="broken"),
        pytest.param(b"\xff\xfe\xff", DEFAULT_SOCKET, id="not-text"),
    ],
)
def test_the_current_context_is_in_the_config_file(
    config: Path, settings: str | bytes, expected: str
) -> None:
    text = settings.encode() if isinstance(settings, str) else settings
    (config / "config.json").write_bytes(text)

    assert socket_path({"DOCKER_CONFIG": str(config)}, Path("/none")) == expected


def test_the_config_file_lies_in_the_home_folder(tmp_path: Path) -> None:
    folder = tmp_path / ".docker"
    make_context(folder, "desktop", "unix:///home/me/.docker/desktop.sock")
    (folder / "config.json").write_text('{"currentContext": "desktop"}')

    assert socket_path({}, tmp_path) == "/home/me/.docker/desktop.sock"


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"DOCKER_HOST": "tcp://10.0.0.1:2375"}, id="tcp"),
        pytest.param({"DOCKER_HOST": "ssh://me@build.example"}, id="ssh"),
        pytest.param({"DOCKER_HOST": "npipe:////./pipe/docker_engine"}, id="pipe"),
        pytest.param({"DOCKER_HOST": "/run/x.sock"}, id="no-scheme"),
        pytest.param({"DOCKER_CONTEXT": "cloud"}, id="context"),
    ],
)
def test_an_engine_elsewhere_is_refused_with_what_to_do(
    config: Path, environment: dict[str, str]
) -> None:
    with pytest.raises(EngineMissing, match="is not on this machine") as caught:
        socket_path({"DOCKER_CONFIG": str(config), **environment}, Path("/none"))

    assert "docker context use default" in caught.value.fix
    assert "unset DOCKER_HOST" in caught.value.fix


@pytest.mark.parametrize("name", ["gone", "../meta", "white space"])
def test_a_context_that_does_not_exist_is_refused_with_what_to_do(config: Path, name: str) -> None:
    with pytest.raises(EngineMissing, match="does not exist") as caught:
        socket_path({"DOCKER_CONFIG": str(config), "DOCKER_CONTEXT": name}, Path("/none"))

    assert "docker context ls" in caught.value.fix


def test_the_current_folder_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = tmp_path / "workspace"
    make_context(workspace, "rootless", "unix:///workspace/evil.sock")
    monkeypatch.chdir(workspace)

    with pytest.raises(EngineMissing, match="does not exist"):
        socket_path({"DOCKER_CONTEXT": "rootless"}, tmp_path / "home")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="broken"),
        pytest.param("[]", id="a-list"),
        pytest.param("{}", id="no-endpoints"),
        pytest.param('{"Endpoints": {"kubernetes": {}}}', id="another-endpoint"),
        pytest.param('{"Endpoints": {"docker": {}}}', id="no-host"),
        pytest.param('{"Endpoints": {"docker": {"Host": 7}}}', id="no-text"),
    ],
)
def test_a_context_that_cannot_be_read_is_refused(config: Path, text: str) -> None:
    place = config / "contexts" / "meta" / hashlib.sha256(b"rootless").hexdigest() / "meta.json"
    place.write_text(text)

    with pytest.raises(EngineMissing):
        socket_path({"DOCKER_CONFIG": str(config), "DOCKER_CONTEXT": "rootless"}, Path("/none"))

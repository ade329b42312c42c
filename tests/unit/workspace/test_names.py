import pytest

from runner.workspace.names import is_protected_path
from runner.workspace.spelling import fold

PROTECTED = [
    ".git", ".git/hooks/pre-commit", "deep/down/.git", ".gitmodules", ".gitconfig", ".vscode",
    ".vscode/tasks.json", ".idea", ".devcontainer", ".devcontainer.json", ".husky",
    ".pre-commit-config.yaml", "lefthook.yml", "lefthook.toml", ".lefthook.yaml", ".envrc",
    ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnp.cjs", ".pnp.loader.mjs", ".pnpmfile.cjs",
    ".yarn/releases/yarn.cjs", ".yarn/plugins", ".yarn/sdks", ".cargo/config",
    ".cargo/config.toml", ".mvn/extensions.xml", "mvnw", "mvnw.cmd", "gradlew", "gradlew.bat",
    "gradle/wrapper/gradle-wrapper.jar", "x/gradle-wrapper.properties",
    "x/maven-wrapper.properties", ".bazelrc", ".bazelversion", ".bazeliskrc", ".bashrc",
    ".bash_profile", ".bash_login", ".bash_aliases", ".bash_logout", ".zshrc", ".zprofile",
    ".zshenv", ".zlogin", ".zlogout", ".profile", ".ripgreprc", "pyrightconfig.json",
    "bunfig.toml", ".bunfig.toml", ".mcp.json", ".claude", ".claude.json", "CLAUDE.md",
    "CLAUDE.local.md", "AGENTS.md", ".sandbox/settings.json", ".config/git/config",
    "a.code-workspace",
]  # fmt: skip


@pytest.mark.parametrize("path", PROTECTED)
def test_every_name_of_the_references_is_protected_at_any_depth(path: str) -> None:
    assert is_protected_path(path)
    assert is_protected_path(f"packages/one/{path}")


@pytest.mark.parametrize(
    "path",
    [
        "src/main.py", "README.md", ".gitignore", ".gitattributes", ".github/workflows/x.yml",
        ".yarn/cache/x.zip", ".yarn/install-state.gz", ".cargo/registry/x", "gradle/libs.toml",
        "wrapper/x", "config", "hooks/x", "claude.py", "my.claude", "agents.md.txt", "releases",
        ".config/other", "git", ".gitx", "lefthook", "package.json", ".env",
    ],
)  # fmt: skip
def test_other_names_are_not(path: str) -> None:
    assert not is_protected_path(path)


@pytest.mark.parametrize(
    "name",
    [
        ".GIT", ".Git", ".g\u200cit", "\u200b.git", ".git\ufeff", ".gi\u00adt", ".git ", ".git.",
        ".git. .", "git~1", "GIT~1", "\uff0e\uff47\uff49\uff54", ".g\u0131t".upper(),
        ".git\u202e", "\u2024git", ".g\U000e0069it",
    ],
    ids=ascii,
)  # fmt: skip
def test_every_spelling_that_may_open_dot_git_is_dot_git(name: str) -> None:
    assert fold(name) == ".git"


@pytest.mark.parametrize(
    "name", [".gït", ".gi", "git", ".git~1", ".g\u0131t", "git~x", "..git", "\u0433it"], ids=ascii
)
def test_spellings_that_open_something_else_are_not(name: str) -> None:
    assert fold(name) != ".git"


@pytest.mark.parametrize("name", [".VSCode", "Claude.MD", "agents.MD", "GITMOD~1", ".\uff25NVRC"])
def test_case_and_width_do_not_matter_for_the_other_names(name: str) -> None:
    assert is_protected_path(name)


@pytest.mark.parametrize("name", ["\udcff", ".git\udcff", "\udcff\u200c", "", ".", "\ud800"])
def test_names_that_are_not_utf_8_are_folded_without_complaint(name: str) -> None:
    assert fold(name) != ".git"


@pytest.mark.parametrize("name", [".claude", ".yarnrc", "lefthook.yml", "x.code-workspace"])
def test_what_was_set_aside_is_not_protected_once_more(name: str) -> None:
    assert is_protected_path(name)
    assert not is_protected_path(f"{name}.set-aside-01ab-2")
    assert is_protected_path(".claude.set-aside-")
    assert is_protected_path("lefthook.set-aside-1.yml")

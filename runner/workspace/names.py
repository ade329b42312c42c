"""The names that stay read-only in a writable workspace, at any depth, as data.

Sources: hardening.md "Protected files", compatibility.md section 3 (Claude Code's protected
paths) and section 10 (sandbox-runtime's mandatory write denials). What a git directory protects
is in `git_layout`. A last `*` stands for any ending, the empty one included.
"""

from runner.workspace.spelling import fold

EVERYWHERE = (
    # git, and tools that hook into it
    ".gitconfig", ".gitmodules", ".githooks", ".husky", ".pre-commit-config.yaml",
    ".pre-commit-config.yml", "lefthook.*", ".lefthook.*",
    # editors and their containers
    ".vscode", "*.code-workspace", ".idea", ".devcontainer", ".devcontainer.json", ".vimrc",
    ".nvimrc", ".nvim.lua", ".exrc", ".dir-locals.el", "pyrightconfig.json",
    # shells
    ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".zshrc",
    ".zprofile", ".zshenv", ".zlogin", ".zlogout", ".profile", ".inputrc", ".envrc", ".ripgreprc",
    # package managers and builds
    ".npmrc", ".yarnrc*", ".pnp.*", ".pnpmfile.cjs", ".pnpmfile.mjs", "bunfig.toml",
    ".bunfig.toml", ".mvn", "mvnw*", "gradlew*", "gradle-wrapper.*", "maven-wrapper.*",
    ".bazelrc", ".bazelversion", ".bazeliskrc",
    # agents, and ourselves
    ".mcp.json", ".claude*", "claude.md", "claude.local.md", "agents.md", ".sandbox",
)  # fmt: skip
"""One name each. `AGENTS.md` and its like are written in lower case: case never matters."""

INSIDE = {
    ".config": ("git",),
    ".cargo": ("config*", "credentials*"),
    ".yarn": ("releases", "plugins", "sdks"),
    "gradle": ("wrapper",),
}
"""Names that count only in a folder of that name: `.yarn/cache` must stay writable."""

WRITABLE = {".claude": "worktrees"}
"""A folder inside a protected one that cells may write all the same."""

QUIET = frozenset({
    "node_modules", "bower_components", ".pnpm-store", ".venv", "venv", ".tox", ".nox", ".eggs",
    "__pycache__", "site-packages", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis",
    ".cache", ".gradle", ".next", ".nuxt", ".turbo", ".parcel-cache", ".terraform",
})  # fmt: skip
"""Folders that tools fill by the thousand: their own entries are looked at, nothing below."""


class Table:
    """A set of patterns, made ready to be asked once per directory entry."""

    __slots__ = ("_endings", "_exact", "_starts")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._exact = frozenset(p for p in patterns if "*" not in p)
        self._starts = tuple(p[:-1] for p in patterns if p.endswith("*"))
        self._endings = tuple(p[1:] for p in patterns if p.startswith("*"))

    def has(self, folded: str) -> bool:
        """Whether a name matches; it has been through `fold`."""
        return (
            folded in self._exact
            or folded.startswith(self._starts)
            or (bool(self._endings) and folded.endswith(self._endings))
        )


_EVERYWHERE = Table(EVERYWHERE)
_INSIDE = {folder: Table(patterns) for folder, patterns in INSIDE.items()}


def is_protected(folded: str, folder: str) -> bool:
    """Whether an entry of a folder is protected; both names have been through `fold`.

    `.git` is not a name of this table: what it protects depends on what it is.
    """
    if _EVERYWHERE.has(folded) or (folder in _INSIDE and _INSIDE[folder].has(folded)):
        return not is_set_aside(folded)
    return False


def is_protected_path(path: str) -> bool:
    """Whether a relative path as a user writes it is protected, or lies in a folder that is."""
    folder = ""
    for name in (fold(part) for part in path.split("/") if part not in {"", "."}):
        if name == ".git" or is_protected(name, folder):
            return True
        folder = name
    return False


SET_ASIDE = ".set-aside-"


def is_set_aside(name: str) -> bool:
    """Whether a name is one that `set_aside` gives.

    No tool loads a file that ends like that, and without this `.claude*` would catch what was
    just taken out of its way.
    """
    _, found, ending = name.rpartition(SET_ASIDE)
    return bool(found) and ending.replace("-", "").isalnum() and ending.isascii()

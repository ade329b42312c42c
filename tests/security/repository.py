"""A folder full of files that would run code on the host: what attacks go for."""

from pathlib import Path

FILES = {
    ".envrc": "export A=1\n",
    ".vscode/settings.json": "{}\n",
    ".sandbox/settings.json": "{}\n",
    "CLAUDE.md": "Be kind.\n",
    "a/b/.vscode/settings.json": "{}\n",
    "a/.VSCode/settings.json": "{}\n",
    "husky/pre-push": "true\n",
    "readme": "hello\n",
}
REPOSITORY = {
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": "[core]\n\tbare = false\n\thooksPath = tools/hooks\n"
    "[include]\n\tpath = ../git.settings\n",
    ".git/hooks/pre-commit.sample": "true\n",
    ".git/info/exclude": "*.o\n",
    ".git/objects/info/packs": "\n",
    ".git/refs/heads/none": "\n",
    ".git/modules/lib/HEAD": "ref: refs/heads/main\n",
    ".git/modules/lib/config": "[core]\n\tbare = false\n",
    ".git/modules/lib/hooks/x.sample": "true\n",
    ".git/modules/lib/objects/x": "",
    ".git/modules/lib/refs/x": "",
    ".git/worktrees/w/HEAD": "ref: refs/heads/w\n",
    ".git/worktrees/w/config.worktree": "",
    ".git/worktrees/w/commondir": "../..\n",
    ".git/worktrees/w/gitdir": "/nowhere/.git\n",
    "git.settings": "[user]\n\tname = me\n",
    "tools/hooks/pre-commit": "true\n",
    "a/repo/.git/HEAD": "ref: refs/heads/main\n",
    "a/repo/.git/config": "[core]\n\tbare = false\n",
    "a/repo/.git/objects/x": "",
    "a/repo/.git/refs/x": "",
    "a/bare.git/HEAD": "ref: refs/heads/main\n",
    "a/bare.git/config": "[core]\n\tbare = true\n",
    "a/bare.git/hooks/x.sample": "true\n",
    "a/bare.git/objects/x": "",
    "a/bare.git/refs/x": "",
}
_OPEN = ("readme", "HEAD", "objects", "refs", "COMMIT_EDITMSG", "index", "logs", "ORIG_HEAD")


def lay_out(folder: Path, *, repository: bool = True) -> None:
    """Write all of it, and a link `.husky` that leads to a folder of hooks."""
    for path, text in {**FILES, **(REPOSITORY if repository else {})}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / ".husky").symlink_to("husky")


def protected(folder: Path) -> dict[str, str]:
    """Everything in the folder that must not change: mode and content by path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_dir() or not _is_protected(str(relative)):
            continue
        text = path.readlink() if path.is_symlink() else path.read_text()
        found[str(relative)] = f"{path.lstat().st_mode:o} {text}"
    return found


def _is_protected(path: str) -> bool:
    if path in (FILES.keys() | REPOSITORY.keys()) and not set(_OPEN) & set(path.split("/")):
        return True
    names = {".husky", ".vscode", "hooks", "info", "config", ".envrc"}
    return bool(names & set(path.lower().split("/")))

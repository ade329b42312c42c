"""What in a git directory decides what git runs, as data.

Sources: gitrepository-layout(5); git-worktree(1) "DETAILS"; `is_git_directory` in git's setup.c,
which takes any folder for a repository that has a HEAD, objects and refs, or a HEAD and a
`commondir` naming a folder that has the other two.
"""

from collections.abc import Container
from typing import NamedTuple

from runner.workspace.reading import Role, Way


class Layout(NamedTuple):
    """Of one kind of folder in a git directory: what is protected, and what is looked through."""

    protects: dict[str, Role]
    opens: dict[str, Way]
    every: Way | None = None
    """How folders are looked through that are not in `opens`."""


LAYOUTS = {
    Way.GIT: Layout(
        {
            "config": Role.CONFIG,
            "config.worktree": Role.CONFIG,
            "hooks": Role.HOOKS,
            "info": Role.INFO,
            "commondir": Role.COMMON,
        },
        {
            "hooks": Way.SEALED,
            "info": Way.SEALED,
            "objects": Way.GIT_OBJECTS,
            "worktrees": Way.GIT_WORKTREES,
            # Submodules nest, and their names may hold slashes: each is known by its layout.
            "modules": Way.TREE,
            "rebase-merge": Way.GIT_REBASE,
        },
    ),
    Way.GIT_OBJECTS: Layout({}, {"info": Way.GIT_OBJECTS_INFO}),
    Way.GIT_OBJECTS_INFO: Layout(
        {"alternates": Role.ALTERNATES, "http-alternates": Role.ALTERNATES}, {}
    ),
    Way.GIT_WORKTREES: Layout({}, {}, every=Way.GIT_WORKTREE),
    Way.GIT_WORKTREE: Layout(
        {"config.worktree": Role.CONFIG, "commondir": Role.COMMON, "gitdir": Role.BACK},
        {"rebase-merge": Way.GIT_REBASE},
    ),
    # An `exec` line planted here is run by the user's next `git rebase --continue`.
    Way.GIT_REBASE: Layout({"git-rebase-todo": Role.STEPS}, {}),
}

INERT_INFO = frozenset({"exclude", "refs", "sparse-checkout"})
"""What `info` may hold and still run nothing: `attributes` selects filters, `grafts` rewrites."""

DANGEROUS_STEP = r"(?m)^\s*(?:x|exec)\s"
"""A line of a rebase's steps that runs a program."""


def is_repository(names: Container[str]) -> bool:
    """Whether a folder with these entries (folded) is one that git takes for a repository."""
    return "head" in names and (("objects" in names and "refs" in names) or "commondir" in names)

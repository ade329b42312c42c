"""What a git setting can do: run a program or read more settings, or nothing of the kind.

Two tables that need not meet. `leads` is a deny-list for repositories that are there already, used
to find which files of the workspace git would run; `is_harmless` is an allow-list for new ones,
and what it does not know is not harmless.

Sources: git-config(1); hardening.md "Host-side git"; CVE-2017-1000117 (option-like hosts).
"""

import re
import shlex
from typing import NamedTuple

from runner.workspace.git_config import Setting

_RUN = frozenset({
    "core.askpass", "core.editor", "core.fsmonitor", "core.gitproxy", "core.hookspath",
    "core.pager", "core.sshcommand", "core.alternaterefscommand", "credential.helper",
    "diff.external", "gpg.program", "interactive.difffilter", "init.templatedir",
    "core.attributesfile", "man.*.cmd", "man.*.path", "browser.*.cmd", "browser.*.path",
    "sequence.editor", "guitool.*.cmd", "pager.*", "alias.*", "alias.*.command",
    "credential.*.helper", "diff.*.command", "diff.*.textconv", "difftool.*.cmd",
    "difftool.*.path", "filter.*.clean", "filter.*.smudge", "filter.*.process", "gpg.*.program",
    "gpg.ssh.defaultkeycommand", "merge.*.driver", "mergetool.*.cmd", "mergetool.*.path",
    "remote.*.uploadpack", "remote.*.receivepack", "remote.*.vcs", "sendemail.*",
    "sendemail.*.smtpserver", "sendemail.*.tocmd", "sendemail.*.cccmd", "sendemail.*.headercmd",
    "submodule.*.update", "tar.*.command", "trailer.*.cmd", "trailer.*.command",
    "uploadpack.packobjectshook", "hook.*.command", "gc.recentobjectshook", "lfs.*.path",
    "lfs.*.clean", "lfs.*.smudge",
})  # fmt: skip
"""Keys whose value is a program, a command line, or a file that names some."""

INCLUDES = frozenset({"include.path", "includeif.*.path"})
"""Keys whose value is a file of more settings."""

_ONLY_AFTER_MARK = frozenset({"alias", "submodule"})
"""Sections whose values are git's own words unless they begin with `!`."""

_PATHS = frozenset({"core.hookspath", "core.attributesfile", "init.templatedir"})
"""Keys whose whole value is one path."""

# Compiled when first used: a cold start without a repository should not pay for them.
_WORD = r"[A-Za-z0-9._+/-]*"
_PLAIN = r"[^\x00-\x1f\x7f]*"
_REFSPEC = r"[+^]?[^\x00-\x20\x7f~^\\\[-][^\x00-\x20\x7f~^\\\[]*"
_FILTER = r"[A-Za-z0-9:=+._/-]+"
_NAME = r"(?!-)[A-Za-z0-9._/@+-]+"
_URL = (
    r"(?:https?|ssh|git|git\+ssh|ssh\+git|file)://(?![-])[^\x00-\x20\x7f]+"
    r"|(?![-])[A-Za-z0-9._+@-]+:(?!:|//|-)[^\x00-\x1f\x7f]*"
    r"|(?![-])[^\x00-\x1f\x7f:]+"
)
_HARMLESS = {
    _WORD: (
        "core.repositoryformatversion core.filemode core.bare core.logallrefupdates "
        "core.ignorecase core.precomposeunicode core.symlinks core.autocrlf core.eol "
        "core.safecrlf core.sharedrepository core.compression core.quotepath core.untrackedcache "
        "core.splitindex core.preloadindex core.protecthfs core.protectntfs core.abbrev "
        "core.sparsecheckout core.sparsecheckoutcone core.commitgraph core.multipackindex "
        "init.defaultbranch init.defaultobjectformat init.defaultrefformat "
        "extensions.objectformat extensions.compatobjectformat extensions.refstorage "
        "extensions.worktreeconfig extensions.preciousobjects extensions.noop "
        "extensions.relativeworktrees remote.*.tagopt remote.*.prune remote.*.prunetags "
        "remote.*.mirror remote.*.skipdefaultupdate remote.*.skipfetchall remote.*.promisor "
        "remote.*.followremotehead branch.*.rebase "
        "branch.*.vscode-merge-base submodule.*.active submodule.active pull.rebase pull.ff "
        "push.default push.autosetupremote push.followtags fetch.prune fetch.prunetags gc.auto "
        "commit.gpgsign tag.gpgsign rerere.enabled lfs.repositoryformatversion "
        "index.version feature.manyfiles maintenance.auto maintenance.strategy advice.*"
    ),
    _FILTER: "remote.*.partialclonefilter",
    _NAME: "branch.*.remote branch.*.pushremote remote.pushdefault extensions.partialclone",
    _REFSPEC: "remote.*.fetch remote.*.push branch.*.merge",
    _URL: "remote.*.url remote.*.pushurl submodule.*.url",
    _PLAIN: "user.name user.email branch.*.description branch.*.github-pr-owner-number",
}
_SHAPES = {name: shape for shape, names in _HARMLESS.items() for name in names.split()}


def spelled(setting: Setting) -> tuple[str, ...]:
    """The setting's name as the tables may have it: with `*` for its subsection, or its key."""
    if setting.subsection:
        return (
            f"{setting.section}.{setting.subsection.lower()}.{setting.key}",
            f"{setting.section}.*.{setting.key}",
        )
    return (f"{setting.section}.{setting.key}", f"{setting.section}.*")


def is_harmless(setting: Setting) -> bool:
    """Whether git can be made to run nothing by it; unknown settings are not harmless.

    `core.worktree` depends on where it leads, and is not decided here.
    """
    value = "true" if setting.value is None else setting.value
    shape = next((_SHAPES[name] for name in spelled(setting) if name in _SHAPES), None)
    return shape is not None and re.fullmatch(shape, value) is not None


class Lead(NamedTuple):
    """A word of a setting that may be a path of something git runs or reads."""

    text: str
    is_include: bool
    may_be_folder: bool


def leads(setting: Setting) -> tuple[Lead, ...]:
    """What a setting may lead git to run or read; empty when it is no such setting.

    A program without a slash is looked up in PATH, not here; of its arguments those count that
    look like a path: `clean` in `git-lfs clean` should not make a file of that name read-only.
    """
    value = setting.value or ""
    names = spelled(setting)
    if value and any(name in INCLUDES for name in names):
        return (Lead(value, is_include=True, may_be_folder=False),)
    if not value or not any(name in _RUN for name in names):
        return ()
    if setting.section in _ONLY_AFTER_MARK and not value.startswith("!"):
        return ()
    if any(name in _PATHS for name in names):
        return (Lead(value, is_include=False, may_be_folder=True),)
    words = _words(value.removeprefix("!"))
    return tuple(
        Lead(word, is_include=False, may_be_folder="/" in word)
        for at, word in enumerate(dict.fromkeys([*words, value]))
        if "/" in word or (at and "." in word)
    )


def _words(command: str) -> list[str]:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        words = command.split()
    # `sh -c './tool %f'` holds a command line of its own; `--tool=./x` a path after the sign.
    inner = [piece for word in words for piece in re.split(r"[\s='\"();&|]+", word)]
    return [word for word in [*words, *inner] if word]

import pytest

from runner.workspace.git_config import Setting, parse
from runner.workspace.git_settings import is_harmless, leads


def setting(line: str) -> Setting:
    """`core.bare=true` or `remote.origin.url=x` as a setting."""
    name, sign, value = line.partition("=")
    section, _, rest = name.partition(".")
    subsection, _, key = rest.rpartition(".")
    return Setting(section, subsection, key, value if sign else None)


@pytest.mark.parametrize(
    "line",
    [
        "core.bare=false", "core.bare", "core.repositoryformatversion=0", "core.filemode=true",
        "core.logallrefupdates=true", "core.ignorecase=true", "core.symlinks=false",
        "extensions.objectformat=sha256", "remote.origin.url=https://example.org/a.git",
        "remote.origin.url=ssh://git@example.org:22/a", "remote.origin.url=git@example.org:a/b.git",
        "remote.origin.url=file:///srv/a", "remote.origin.url=/srv/a b", "remote.origin.url=../a",
        "remote.origin.url=https://[::1]/a", "remote.origin.fetch=+refs/heads/*:refs/remotes/o/*",
        "remote.origin.tagopt=--no-tags", "branch.main.remote=origin", "branch.main.remote=.",
        "branch.main.merge=refs/heads/main", "branch.main.rebase=true", "user.name=Jörg O'Neil",
        "user.email=a@example.org", "submodule.lib.url=https://example.org/a",
        "submodule.lib.active=true", "init.defaultbranch=main", "pull.rebase=true",
    ],
)  # fmt: skip
def test_what_git_writes_itself_is_harmless(line: str) -> None:
    assert is_harmless(setting(line))
    assert leads(setting(line)) == ()


@pytest.mark.parametrize(
    "line",
    [
        "core.hookspath=x", "core.fsmonitor=x", "core.editor=x", "core.pager=x",
        "core.sshcommand=x", "core.askpass=x", "core.worktree=/", "core.attributesfile=x",
        "diff.external=x", "diff.d.command=x", "diff.d.textconv=x", "filter.f.clean=x",
        "filter.f.smudge=x", "filter.f.process=x", "merge.m.driver=x", "gpg.program=x",
        "gpg.ssh.program=x", "credential.helper=x", "credential.https://h.helper=x",
        "sequence.editor=x", "alias.st=!x", "include.path=x", "includeif.gitdir:/.path=x",
        "sendemail.smtpserver=x", "remote.o.uploadpack=x", "remote.o.receivepack=x",
        "remote.o.vcs=x", "remote.o.proxy=x", "url.x.insteadof=y", "http.proxy=x",
        "protocol.ext.allow=always", "uploadpack.packobjectshook=x", "gc.recentobjectshook=x",
        "extensions.unknown=1", "http.sslverify=false", "safe.directory=*",
        "remote.o.url=ext::sh -c x", "remote.o.url=-oProxyCommand=x", "remote.o.url=fd::1",
        "remote.o.url=ssh://-oProxyCommand=x/y", "remote.o.url=foo://x", "remote.o.url=-x:y",
        "remote.o.url=", "branch.main.remote=ext::sh -c x", "branch.main.remote=-x",
        "branch.main.merge=-x", "user.name=a\x1b[2Jb", "core.bare=a b",
        "branch.main.mergeoptions=-s x",
        "submodule.s.update=!x", "core.gitproxy=x", "trailer.t.command=x",
    ],
)  # fmt: skip
def test_what_can_run_something_or_is_unknown_is_not(line: str) -> None:
    assert not is_harmless(setting(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("core.hookspath=.githooks", {".githooks"}),
        ("core.fsmonitor=tools/watch --fast", {"tools/watch", "tools/watch --fast"}),
        ("core.fsmonitor=true", set()),
        ("filter.lfs.clean=git-lfs clean -- %f", set()),
        ("filter.x.clean=python clean.py --config=cfg/x.ini", {"clean.py", "cfg/x.ini"}),
        ("filter.x.smudge=sh -c './run.sh %f'", {"./run.sh"}),
        ("diff.d.textconv=./conv", {"./conv"}),
        ("alias.st=status", set()),
        ("alias.go=log a/b", set()),
        ("alias.go=!./go.sh&&x", {"./go.sh"}),
        ("alias.go=!f() { tools/it; }; f", {"tools/it"}),
        ("credential.https://h.helper=!tools/cred", {"tools/cred"}),
        ("gpg.ssh.program=bin/sign", {"bin/sign"}),
        ("include.path=../.gitconfig", {"../.gitconfig"}),
        ("includeif.gitdir:~/x.path=more", {"more"}),
        ("core.pager=less 'unclosed a/b", {"a/b"}),
        ("remote.o.uploadpack=./up", {"./up"}),
        ("user.name=a/b", set()),
    ],
)
def test_the_paths_a_setting_may_run_are_found(line: str, expected: set[str]) -> None:
    found = {lead.text for lead in leads(setting(line))}
    assert expected <= found
    assert bool(found) == bool(expected)


def test_an_include_is_told_apart_from_a_program() -> None:
    (lead,) = leads(parse("[include]\npath = x")[0])
    assert lead.is_include
    assert not any(one.is_include for one in leads(setting("core.fsmonitor=./x")))

"""What a settings file may hold: the shape of its JSON. A key that is not here is an error.

Only loaded when there is a settings file: pydantic takes longer to load than the rest of a run.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from runner.errors import SettingsInvalid
from runner.settings.amounts import AmountRefused, byte_count
from runner.settings.located import JsonInvalid, Located, Path, parse
from runner.settings.permissions import List, PermissionRefused, host_of
from runner.settings.values import MostBytes, NetworkSettings, Scope, Sourced

_EXPECTED = {
    "model_type": "an object",
    "list_type": "a list",
    "string_type": "a text in double quotes",
    "bool_type": "true or false",
    "byte_count": 'a number of bytes above 0, or a text such as "10m"',
}


def _byte_count(value: object) -> int:
    try:
        return byte_count(value)
    except AmountRefused as error:
        raise PydanticCustomError("byte_count", "no amount of bytes") from error


_Bytes = Annotated[int | None, BeforeValidator(_byte_count)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NetworkSection(_Section):
    """`sandbox.network`: hosts a cell may contact, and hosts it may not whatever else is said."""

    allowed_domains: list[str] = Field(default=[], alias="allowedDomains")
    denied_domains: list[str] = Field(default=[], alias="deniedDomains")
    strict_allowlist: bool = Field(default=False, alias="strictAllowlist")
    managed_domains_only: bool = Field(default=False, alias="allowManagedDomainsOnly")
    upstream_proxy: str = Field(default="", alias="upstreamProxy")
    most_bytes_per_host: _Bytes = Field(default=None, alias="maxBytesPerHost")
    most_bytes_per_session: _Bytes = Field(default=None, alias="maxBytesPerSession")


class SandboxSection(_Section):
    """`sandbox`."""

    network: NetworkSection = NetworkSection()


class PermissionsSection(_Section):
    """`permissions`: rules for all tools; only those for WebFetch mean something here."""

    allow: list[str] = []
    ask: list[str] = []
    deny: list[str] = []


class SettingsFile(_Section):
    """A whole file. `$schema` is for editors."""

    schema_address: str = Field(default="", alias="$schema")
    sandbox: SandboxSection = SandboxSection()
    permissions: PermissionsSection = PermissionsSection()


def network_settings(data: bytes, file: str, scope: Scope) -> NetworkSettings:
    """Read one settings file; `file` is its name as it is to be shown.

    Raises:
        SettingsInvalid: it is not JSON, or not of this shape; names file, line and key.
    """
    document = _document(data, file)
    try:
        found = SettingsFile.model_validate(document.value)
    except ValidationError as error:
        raise _invalid(error, document, file) from error
    network, rules = found.sandbox.network, found.permissions
    texts = _Texts(document, file, scope)
    return NetworkSettings(
        texts.domains("allowedDomains", network.allowed_domains)
        + texts.hosts("allow", rules.allow),
        texts.domains("deniedDomains", network.denied_domains) + texts.hosts("deny", rules.deny),
        texts.hosts("ask", rules.ask),
        network.strict_allowlist if texts.said("strictAllowlist") else None,
        network.managed_domains_only,
        texts.one("upstreamProxy", network.upstream_proxy),
        texts.bound("maxBytesPerHost", network.most_bytes_per_host),
        texts.bound("maxBytesPerSession", network.most_bytes_per_session),
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """Says of the texts in one document where they were written."""

    document: Located
    file: str
    scope: Scope

    def domains(self, key: str, texts: list[str]) -> tuple[Sourced, ...]:
        """The texts of a list in `sandbox.network`."""
        places = (("sandbox", "network", key, at) for at in range(len(texts)))
        return tuple(map(self._sourced, texts, places))

    def said(self, key: str) -> bool:
        """Whether `sandbox.network` holds the key."""
        return ("sandbox", "network", key) in self.document.lines

    def one(self, key: str, text: str) -> Sourced | None:
        """A single text in `sandbox.network`, if it is there."""
        return self._sourced(text, ("sandbox", "network", key)) if self.said(key) else None

    def bound(self, key: str, count: int | None) -> MostBytes | None:
        """An amount of bytes in `sandbox.network`, if it is there."""
        written = self.one(key, str(count))
        return None if count is None or written is None else MostBytes(count, written)

    def hosts(self, kind: List, rules: list[str]) -> tuple[Sourced, ...]:
        """The hosts that a list of permissions speaks about."""
        found = ((self._host(rule, kind, at), at) for at, rule in enumerate(rules))
        return tuple(
            self._sourced(host, ("permissions", kind, at)) for host, at in found if host is not None
        )

    def _host(self, rule: str, kind: List, at: int) -> str | None:
        try:
            return host_of(rule, kind)
        except PermissionRefused as error:
            line = self.document.lines["permissions", kind, at]
            message = f"{self.file}:{line}: {rule[:80]!a} cannot be a rule: {error}"
            fix = 'write a rule such as "WebFetch(domain:example.com)"'
            raise SettingsInvalid(message, fix=fix) from error

    def _sourced(self, text: str, place: Path) -> Sourced:
        return Sourced(text, self.file, self.document.lines[place], self.scope)


def _document(data: bytes, file: str) -> Located:
    try:
        return parse(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{file} is not UTF-8 text", fix="save it as UTF-8") from error
    except JsonInvalid as error:
        message = f"{file}:{error.line}: not valid JSON: {error}"
        raise SettingsInvalid(message, fix=f"correct line {error.line} of {file}") from error


def _invalid(error: ValidationError, document: Located, file: str) -> SettingsInvalid:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path: Path = first["loc"]
    # The place itself may not be in the file (the empty document): then its parent is shown.
    known = (path[:depth] for depth in range(len(path), -1, -1))
    line = next(document.lines[place] for place in known if place in document.lines)
    key = ascii(".".join(map(str, path)) or "the document")
    if first["type"] == "extra_forbidden":
        message, fix = f"unknown key {key}", "remove it, or correct its spelling"
    else:
        expected = _EXPECTED.get(first["type"], "something else")
        message, fix = f"{key} is to be {expected}", f"correct line {line} of {file}"
    return SettingsInvalid(f"{file}:{line}: {message}", fix=fix)

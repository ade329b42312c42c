"""What a settings file may hold: the shape of its JSON. A key that is not here is an error.

Only loaded when there is a settings file: pydantic takes longer to load than the rest of a run.
"""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.errors import SettingsInvalid
from runner.settings.located import JsonInvalid, Located, Path, parse
from runner.settings.values import NetworkSettings, Scope, Sourced

_EXPECTED = {
    "model_type": "an object",
    "list_type": "a list",
    "string_type": "a text in double quotes",
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NetworkSection(_Section):
    """`sandbox.network`: hosts a cell may contact, and hosts it may not whatever else is said."""

    allowed_domains: list[str] = Field(default=[], alias="allowedDomains")
    denied_domains: list[str] = Field(default=[], alias="deniedDomains")


class SandboxSection(_Section):
    """`sandbox`."""

    network: NetworkSection = NetworkSection()


class SettingsFile(_Section):
    """A whole file. `$schema` is for editors."""

    schema_address: str = Field(default="", alias="$schema")
    sandbox: SandboxSection = SandboxSection()


def network_settings(data: bytes, file: str, scope: Scope) -> NetworkSettings:
    """Read one settings file; `file` is its name as it is to be shown.

    Raises:
        SettingsInvalid: it is not JSON, or not of this shape; names file, line and key.
    """
    document = _document(data, file)
    try:
        found = SettingsFile.model_validate(document.value).sandbox.network
    except ValidationError as error:
        raise _invalid(error, document, file) from error

    def sourced(key: str, texts: list[str]) -> tuple[Sourced, ...]:
        path: Path = ("sandbox", "network", key)
        return tuple(
            Sourced(text, file, document.lines[*path, at], scope) for at, text in enumerate(texts)
        )

    return NetworkSettings(
        sourced("allowedDomains", found.allowed_domains),
        sourced("deniedDomains", found.denied_domains),
    )


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

"""Run commands in containers that are thrown away afterwards.

>>> from runner import Sandbox
>>> with Sandbox("project") as box:
...     result = box.run(["pytest", "-q"])
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.errors import SandboxError
    from runner.interfaces import Limits
    from runner.sandbox.result import Output, Result
    from runner.session import Sandbox

__all__ = ["Limits", "Output", "Result", "Sandbox", "SandboxError"]

_HOMES = {
    "Limits": "runner.interfaces",
    "Output": "runner.sandbox.result",
    "Result": "runner.sandbox.result",
    "Sandbox": "runner.session",
    "SandboxError": "runner.errors",
}


def __getattr__(name: str) -> Any:
    # Imported when first asked for: the command line starts its containers before it loads these.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)

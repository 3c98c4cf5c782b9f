"""Configuration: a TOML file and environment variables into one frozen struct.

Each field carries its sentence (and unit) in `msgspec.Meta(description=…)`; `explain` prints them.
An unknown key is an error that names the nearest known one, because a misspelt setting that is
silently ignored is the administrator's worst hour.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class ConfigError(Exception):
    """The configuration cannot be used; the message says which line to mend."""


def load(kind: type[T], path: Path | None, prefix: str, environ: Mapping[str, str]) -> T:
    """The file's values, overridden by `PREFIX_<FIELD>` variables. Raises ConfigError."""
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such configuration file") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from None
    known = {field.name for field in msgspec.structs.fields(kind)}
    for name in values:
        if name not in known:
            raise ConfigError(f"{path}: unknown setting {name!r}{_nearest(name, known)}")
    variables = {f"{prefix}_{name.upper()}" for name in known}
    for name in sorted(environ):
        if name.startswith(f"{prefix}_") and name not in variables:
            raise ConfigError(f"environment: unknown variable {name}{_nearest(name, variables)}")
    for name in known:
        given = environ.get(f"{prefix}_{name.upper()}")
        if given is not None:
            values[name] = given
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path or 'environment'}: {error}") from None


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def from_environment(kind: type[T], path: Path | None, prefix: str) -> T:
    """`load` with this process's environment."""
    return load(kind, path, prefix, os.environ)


def explain(kind: type[msgspec.Struct]) -> str:
    """Every setting with its default and sentence, as TOML comments."""
    hints = get_type_hints(kind, include_extras=True)
    lines = []
    for field in msgspec.structs.fields(kind):
        meta = next((m for m in getattr(hints[field.name], "__metadata__", ())), None)
        sentence = getattr(meta, "description", "") or ""
        default = "(required)" if field.default is msgspec.NODEFAULT else _toml(field.default)
        lines.append(f"# {sentence}\n{field.name} = {default}\n")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'

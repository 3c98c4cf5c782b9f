"""Configuration: a TOML file and environment variables into one frozen struct.

Each field carries its sentence (and unit) by `says`; `explain` prints them.
An unknown key is an error that names the nearest known one, because a misspelt setting that is
silently ignored is the administrator's worst hour.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def says(sentence: str) -> msgspec.Meta:
    """What a setting is, with its unit."""
    return msgspec.Meta(description=sentence)


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings of every server hold: where its data lies."""

    data_dir: Annotated[
        str,
        says("Folder of the database, files, keys and backups; empty: the folder of this file."),
    ] = ""

    @property
    def root(self) -> Path:
        return Path(self.data_dir)

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def compressed(self) -> Path:
        """Static files in their shortest form, made again where they are missing."""
        return self._cache / "compressed"

    @property
    def compiled(self) -> Path:
        """Templates as programs, made again where they are missing."""
        return self._cache / "compiled"

    @property
    def _cache(self) -> Path:
        """Beside the data, or where systemd has made a place (CacheDirectory=), a folder for each program."""
        given = os.environ.get("CACHE_DIRECTORY", "").partition(":")[0]
        return Path(given, type(self).__module__.partition(".")[0]) if given else self.root

    @property
    def keys(self) -> Path:
        return self.root / "keys"


C = TypeVar("C", bound=ServerConfig)


class ConfigError(Exception):
    """The configuration cannot be used; the message says which line to mend."""


def read_folder(
    kind: type[C], path: Path, prefix: str, program: str, environ: Mapping[str, str] | None = None
) -> C:
    """The settings of a data directory, from its file. `program`: what makes such a folder;
    `environ`: this process's unless given. Raises ConfigError."""
    if not path.exists():
        raise ConfigError(
            f"{path.parent} holds no {path.name}: run `{program} init {path.parent}` first"
        )
    config = load(kind, path, prefix, os.environ if environ is None else environ)
    if config.data_dir:
        return config
    return msgspec.structs.replace(config, data_dir=str(path.parent.resolve()))


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


def as_toml(config: ServerConfig, heading: str) -> str:
    """The text of a new settings file: what differs from the defaults, but the folder."""
    lines = [f"# {heading}"]
    for field in msgspec.structs.fields(config):
        value = getattr(config, field.name)
        if field.name != "data_dir" and value != field.default:
            lines.append(f"{field.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'

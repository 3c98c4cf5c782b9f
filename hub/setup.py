"""`madang-hub init`: keys, provincial CA, settings, database and the first administrator."""

from pathlib import Path

import msgspec

from hub.app import build, open_database
from hub.config import FILE, HubConfig, check_config, toml_of
from hub.keys import make_keys
from hub.officers.model import CONSOLE, Role
from hub.schools.authority import make_authority
from kit.clock import Clock
from kit.config import ConfigError
from kit.durable import write_secret
from kit.folder import clear
from kit.signin.accounts import LOGIN


class Founded(msgspec.Struct, frozen=True):
    """What a new hub's officer must be told. `password` None: it came from a file."""

    config: HubConfig
    login: str
    password: str | None
    fingerprint: str


async def found_hub(
    folder: Path,
    config: HubConfig,
    login: str,
    officer_name: str,
    password: str | None,
    clock: Clock,
) -> Founded:
    """Make a hub in an empty (or new) folder. Raises ConfigError, WeakPassword, StorageFailed.

    The settings file is written last: a folder where something went wrong is no hub, and is left as
    it was found, so that one can try again.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty: choose a new folder for the hub")
    if not LOGIN.fullmatch(login):
        raise ConfigError(f"officer: {login!r} is no login (3-32 of a-z, 0-9, . _ -)")
    config = check_config(msgspec.structs.replace(config, data_dir=str(folder.resolve())))
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        folder.chmod(0o700)
        keys = make_keys(config.keys)
        make_authority(config.keys, config.province, config.api_names, clock)
        hub = build(config, clock)
        async with open_database(hub):
            _officer, given = await hub.officers.add(
                CONSOLE, login, officer_name, Role.ADMINISTRATOR, password
            )
        write_secret(folder / FILE, toml_of(config).encode())
    except BaseException:
        clear(folder, keep=existed)
        raise
    return Founded(config, login, None if password else given, keys.public.fingerprint)

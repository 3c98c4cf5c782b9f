"""Settings of the province's hub: `madang-hub.toml` in its data directory, `MADANG_HUB_*` over it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from kit.config import ConfigError, ServerConfig, as_toml, read_folder, says
from protocol.errors import InvalidSchoolId
from protocol.identity import SchoolId, server_name

FILE = "madang-hub.toml"
PREFIX = "MADANG_HUB"


class HubConfig(ServerConfig, frozen=True, kw_only=True):
    """Everything an officer may set. Each field says what it is, with its unit."""

    name: Annotated[str, says("Name of the hub as schools and officers read it.")] = (
        "마당 도교육청 허브"
    )
    province: Annotated[
        str, says("The office of education, as it stands on letters and receipts.")
    ] = "도교육청"
    telephone: Annotated[str, says("Telephone number shown on pages and invitations.")] = ""
    domain: Annotated[
        str,
        says("Domain of the schools' certificates and messenger names: j107530101.<domain>."),
    ] = "madang.internal"
    database_url: Annotated[
        str,
        says("postgresql://user@host/name, or empty: SQLite in the data directory."),
    ] = ""
    api_host: Annotated[
        str, says("Address on which schools' nodes are served (TLS); 0.0.0.0 for all.")
    ] = "127.0.0.1"
    api_port: Annotated[int, says("Port on which schools' nodes are served.")] = 8701
    api_urls: Annotated[
        tuple[str, ...],
        says("Addresses at which nodes reach the hub; the first stands on invitations."),
    ] = ()
    console_host: Annotated[
        str, says("Address of the officers' console; leave it to the reverse proxy beside it.")
    ] = "127.0.0.1"
    console_port: Annotated[int, says("Port of the officers' console.")] = 8700
    console_url: Annotated[
        str, says("Address officers type; https:// once it is not only tried out.")
    ] = "http://127.0.0.1:8700"
    behind_proxy: Annotated[
        bool,
        says("Whether a reverse proxy before the console sets X-Forwarded-For and -Proto."),
    ] = False
    lan_announce: Annotated[
        bool, says("Whether the hub announces itself on its network, for `join --hub auto`.")
    ] = True
    session_idle_hours: Annotated[
        float, says("Hours without a click after which an officer must sign in again.")
    ] = 12.0
    invitation_days: Annotated[
        int, says("Days an invitation is valid unless said otherwise (1-60).")
    ] = 14
    sync_interval_s: Annotated[
        int, says("Seconds between two syncs of a node when nothing happens.")
    ] = 60
    silent_after_minutes: Annotated[
        int, says("Minutes without a word after which a school counts as offline (over 5).")
    ] = 15
    disk_low_percent: Annotated[
        int, says("A school's disk with less free than this percentage needs attention.")
    ] = 10
    backup_dir: Annotated[
        str, says("Folder of the backups, best on another disk; empty: backups/ beside the data.")
    ] = ""
    backup_hour: Annotated[
        int, says("Hour of the day (0-23, Korean time) at which the daily backup is made.")
    ] = 2
    backups_kept: Annotated[int, says("How many backups are kept.")] = 14
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], says("How much is logged: DEBUG to ERROR.")
    ] = "INFO"

    @property
    def database(self) -> str:
        """What `kit.db.connect` takes."""
        return self.database_url or f"sqlite:{self.root / 'hub.sqlite3'}"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def incoming(self) -> Path:
        """Model files that wait to be published."""
        return self.root / "incoming"

    @property
    def backups(self) -> Path:
        return Path(self.backup_dir) if self.backup_dir else self.root / "backups"

    @property
    def origins(self) -> tuple[str, ...]:
        """The addresses nodes sign for, without a slash at the end."""
        own = self.api_urls or (f"https://127.0.0.1:{self.api_port}",)
        return tuple(url.rstrip("/") for url in own)

    @property
    def api_names(self) -> tuple[str, ...]:
        """Host names and addresses that the hub's certificate must hold."""
        hosts = [urlsplit(url).hostname or "" for url in self.origins]
        return tuple(dict.fromkeys([*hosts, f"hub.{self.domain}", "localhost", "127.0.0.1"]))


def read_config(folder: Path, environ: Mapping[str, str] | None = None) -> HubConfig:
    """The settings of a data directory. Raises ConfigError."""
    return check_config(read_folder(HubConfig, folder / FILE, PREFIX, "madang-hub", environ))


def check_config(config: HubConfig) -> HubConfig:
    """The config, once its values were seen to fit. Raises ConfigError."""
    try:
        server_name(SchoolId("J100000000"), config.domain)
    except InvalidSchoolId as error:
        raise ConfigError(f"domain: {error}") from None
    if config.database_url and not config.database_url.startswith("postgresql:"):
        raise ConfigError("database_url: must begin with postgresql: (or be empty for SQLite)")
    for name in ("name", "province", "telephone"):
        if not getattr(config, name).isprintable():
            raise ConfigError(f"{name}: must be one line without control characters")
    for url in config.api_urls:
        if not _is_address(url):
            raise ConfigError(
                f"api_urls: {url!r} is not of the form https://host:port (a host in Korean letters"
                " is written in its ASCII form, xn--…)"
            )
    if not config.console_url.startswith(("http://", "https://")):
        raise ConfigError("console_url: must begin with http:// or https://")
    for name, low, high in (
        ("api_port", 1, 65535),
        ("console_port", 1, 65535),
        ("invitation_days", 1, 60),
        ("sync_interval_s", 5, 3600),
        ("silent_after_minutes", 6, 100_000),
        ("disk_low_percent", 0, 99),
        ("backup_hour", 0, 23),
        ("backups_kept", 1, 10_000),
    ):
        if not low <= getattr(config, name) <= high:
            raise ConfigError(f"{name}: must be between {low} and {high}")
    if config.session_idle_hours <= 0:
        raise ConfigError("session_idle_hours: must be above 0")
    return config


def _is_address(url: str) -> bool:
    """Whether nodes can reach a hub there, and a certificate can name its host."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:  # an IPv6 address or a port that is none
        return False
    named = re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+", host) is not None
    return parts.scheme == "https" and named and not parts.path.strip("/")


def toml_of(config: HubConfig) -> str:
    """The text of a new `madang-hub.toml`: the settings that differ from their defaults."""
    return as_toml(config, "Settings of the hub. `madang-hub config --explain` lists them all.")

"""Settings of one school's node: `madang.toml` in its data directory, `MADANG_NODE_*` over it.

What the province decides (the hub's address, certificates) is not set here: it comes with joining.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from kit.config import ConfigError, ServerConfig, as_toml, read_folder, says
from protocol.errors import InvalidSchoolId
from protocol.identity import SchoolId, SchoolKind, parse_school_id

FILE = "madang.toml"
PREFIX = "MADANG_NODE"


class NodeConfig(ServerConfig, frozen=True, kw_only=True):
    """Everything an administrator may set. Each field says what it is, with its unit."""

    school_id: Annotated[
        str,
        says(
            "The school's NEIS code (office and 7 digits: J107530101), or K and the code of a kindergarten."
        ),
    ]
    school_name: Annotated[str, says("The school's name as families read it.")]
    school_kind: Annotated[
        SchoolKind, says("kindergarten, elementary, middle, high or special.")
    ] = SchoolKind.ELEMENTARY
    telephone: Annotated[str, says("Telephone number shown at the foot of pages and letters.")] = ""
    public_url: Annotated[
        str,
        says("The address people type and QR codes carry; https:// once it is not only tried out."),
    ] = "http://127.0.0.1:8711"
    host: Annotated[
        str, says("Address to listen on; 0.0.0.0 to be reached from the school's network.")
    ] = "127.0.0.1"
    port: Annotated[int, says("Port to listen on; 0 picks a free one.")] = 8711
    language: Annotated[
        Literal["ko", "en"],
        says("Language of pages, letters and mail for who has not chosen one: ko or en."),
    ] = "ko"
    quiet_from_hour: Annotated[
        int,
        says("Hour of the evening from which no mail goes out but urgent one; 24: midnight."),
    ] = 21
    quiet_until_hour: Annotated[
        int, says("Hour of the morning until which no mail goes out but urgent one.")
    ] = 7
    attendance_years: Annotated[
        int,
        says(
            "School years before the current one of which attendance is kept; NEIS has it for good."
        ),
    ] = 1
    behind_proxy: Annotated[
        bool, says("Whether a reverse proxy stands in front and sets X-Forwarded-For and -Proto.")
    ] = False
    session_idle_days: Annotated[
        float, says("Days without a visit after which a device must sign in again.")
    ] = 30.0
    smtp_host: Annotated[
        str, says("Mail server that sends the school's mail; empty: no mail is sent.")
    ] = ""
    smtp_port: Annotated[int, says("Port of the mail server.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], says("How mail is secured: starttls, tls or none.")
    ] = "starttls"
    smtp_user: Annotated[str, says("Login at the mail server.")] = ""
    smtp_password: Annotated[
        str, says("Password at the mail server; better in the variable MADANG_NODE_SMTP_PASSWORD.")
    ] = ""
    smtp_sender: Annotated[str, says("Address the school's mail comes from.")] = ""
    lan_announce: Annotated[
        bool, says("Whether the node announces its pages on the school's network (zeroconf).")
    ] = True
    drive_quota_mb: Annotated[
        int, says("Megabytes that each member of staff may keep in their own area of the drive.")
    ] = 5 * 1024
    drive_shared_quota_mb: Annotated[
        int, says("Megabytes that each department, and the school, may keep in the drive.")
    ] = 50 * 1024
    messenger: Annotated[
        bool,
        says("Whether staff have a messenger (Matrix); it needs about 150 MB, and a province."),
    ] = False
    messenger_host: Annotated[
        str, says("Address on which other schools' messengers are served; 0.0.0.0 for all.")
    ] = "0.0.0.0"  # noqa: S104 — other schools come in here
    messenger_port: Annotated[
        int, says("Port on which other schools' messengers are served; 0 takes any free one.")
    ] = 8448
    messenger_address: Annotated[
        str,
        says("host:port at which other schools reach that port; empty: the two above as they are."),
    ] = ""
    messenger_clients: Annotated[
        str,
        says(
            "Hosts of Matrix web clients the school offers, apart by spaces; to sign in at any other"
            " site, staff type its name first."
        ),
    ] = ""
    messenger_upload_mb: Annotated[
        int, says("Largest file one may send in the messenger, in MB.")
    ] = 50
    assistant: Annotated[
        bool, says("Whether the assistant answers questions; it needs about 600 MB of memory.")
    ] = False
    assistant_memory_mb: Annotated[
        int, says("Most memory its process may write to, in MB; a larger model needs more.")
    ] = 1500
    assistant_model: Annotated[
        str, says("Folder of a model of the school's own; empty: the one the province releases.")
    ] = ""
    assistant_knowledge: Annotated[
        str, says("Folder of a handbook index of its own; empty: the one the province releases.")
    ] = ""
    releases_url: Annotated[
        str, says("Where releases are fetched, for example a mirror nearby; empty: at the hub.")
    ] = ""
    backup_hour: Annotated[
        int, says("Hour of the day (0-23, Korean time) at which the daily backup is made.")
    ] = 3
    backups_kept: Annotated[int, says("How many daily backups are kept.")] = 14
    access_log_days: Annotated[
        int,
        says(
            "Days the access log (접속기록) is kept; at least 365, and 730 where health is asked."
        ),
    ] = 730
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], says("How much is logged: DEBUG to ERROR.")
    ] = "INFO"

    @property
    def database(self) -> Path:
        return self.root / "madang.sqlite3"

    @property
    def drive(self) -> Path:
        """The drive's own blobs: what is erased there may go, whoever else holds the same."""
        return self.blobs / "drive"

    @property
    def gallery(self) -> Path:
        """Photos of classes: what is taken out there goes from the disk."""
        return self.blobs / "gallery"

    @property
    def backups(self) -> Path:
        return self.root / "backups"


def read_config(folder: Path, environ: Mapping[str, str] | None = None) -> NodeConfig:
    """The settings of a data directory. Raises ConfigError."""
    return check_config(read_folder(NodeConfig, folder / FILE, PREFIX, "madang-node", environ))


def check_config(config: NodeConfig) -> NodeConfig:
    """The config, once its values were seen to fit. Raises ConfigError."""
    try:
        parse_school_id(config.school_id)
    except InvalidSchoolId as error:
        raise ConfigError(f"school_id: {error}") from None
    if not config.school_name.strip():
        raise ConfigError("school_name: is empty")
    if not config.school_name.isprintable():
        raise ConfigError("school_name: must be one line without control characters")
    if not config.public_url.startswith(("http://", "https://")):
        raise ConfigError("public_url: must begin with http:// or https://")
    if not 0 <= config.port <= 65535:
        raise ConfigError("port: must be between 0 and 65535")
    if not 0 <= config.backup_hour <= 23:
        raise ConfigError("backup_hour: must be between 0 and 23")
    if not 0 <= config.quiet_until_hour < config.quiet_from_hour <= 24:
        raise ConfigError("quiet_until_hour: must be before quiet_from_hour, both between 0 and 24")
    if config.drive_quota_mb < 1:
        raise ConfigError("drive_quota_mb: must be at least 1")
    if config.drive_shared_quota_mb < 1:
        raise ConfigError("drive_shared_quota_mb: must be at least 1")
    if not 0 <= config.messenger_port <= 65535:
        raise ConfigError("messenger_port: must be between 0 and 65535")
    if config.messenger_upload_mb < 1:
        raise ConfigError("messenger_upload_mb: must be at least 1")
    if config.assistant_memory_mb < 300:
        raise ConfigError("assistant_memory_mb: must be at least 300")
    if config.backups_kept < 1:
        raise ConfigError("backups_kept: must be at least 1")
    if not 0 <= config.attendance_years <= 10:
        raise ConfigError("attendance_years: must be between 0 and 10")
    if config.access_log_days < 365:
        raise ConfigError("access_log_days: must be at least 365")
    return config


def school_id(config: NodeConfig) -> SchoolId:
    return parse_school_id(config.school_id)


def toml_of(config: NodeConfig) -> str:
    """The text of a new `madang.toml`: the settings that differ from their defaults."""
    return as_toml(
        config, "Settings of this school's node. `madang-node config --explain` lists them all."
    )

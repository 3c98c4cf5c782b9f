"""Synapse as this node runs it: its folder, its settings, its process.

Synapse listens on a socket in a directory of its own and nowhere else. Whoever wants to speak with
it comes through the node: clients through `doors/passage.py`, other schools through `doors/gate.py`; and it
reaches other schools only through `doors/tunnel.py`. Its settings are written anew at each start; what
must stay (signing key, secrets, database, media) is made once.
"""

import base64
import importlib.metadata
import secrets
import sys
from pathlib import Path

import msgspec

from kit.durable import write_durably, write_secret
from kit.supervisor import Child
from node.messenger.model import well_known
from node.messenger.synapse.matrix import Matrix

FOLDER = "messenger"
DATABASE = "homeserver.db"
SIGNING_KEY = "signing.key"
SECRETS = "secrets.json"
MEDIA = "media"
KEPT = (SIGNING_KEY, SECRETS)
"""What a backup must hold besides database and media: an identity lost cannot be had again."""

BOT = "madang"
KEEPER = "madang-node"
"""The account by which the node keeps house: makes rooms, accounts; nobody can sign in to it."""
SENDER = "madang-post"
"""The application service's own: Synapse gives it no sync, so it is not the bot."""
OWN_ACCOUNTS = frozenset((BOT, KEEPER, SENDER))

JOINING = "/_madang/join"
"""Where Synapse's socket takes what `joining.py` does; no door leads there."""

ROOM_VERSION = "11"
"""Of new rooms. Clients that people have cannot read version 12 yet (ADR 42)."""

INNER_HOST = "127.0.0.1"
"""Where the inner doors are. What clients name lies there never: Synapse refuses them loopback."""


class Secrets(msgspec.Struct, frozen=True):
    """Shared by the node and its Synapse alone; made once."""

    jwt: str
    registration: str
    macaroon: str
    form: str
    as_token: str
    hs_token: str
    door: str


class Addresses(msgspec.Struct, frozen=True):
    """Where the two meet: Synapse's socket, and the node's inner doors on loopback."""

    socket: Path
    inner: str
    """http://127.0.0.1:PORT of `inner.py`: passwords and the bot's mail."""
    tunnel: str
    """http://127.0.0.1:PORT of `tunnel.py`."""


def own_secrets(folder: Path) -> Secrets:
    """The secrets of this folder, made at first use, mode 0600."""
    place = folder / SECRETS
    if not place.exists():
        made = Secrets(*(secrets.token_urlsafe(32) for _field in Secrets.__struct_fields__))
        write_secret(place, msgspec.json.encode(made))
    return msgspec.json.decode(place.read_bytes(), type=Secrets)


class Served(msgspec.Struct, frozen=True):
    """The school that Synapse serves, as it is told. `public_url`: of the portal, where clients come in."""

    server_name: str
    public_url: str
    upload_mb: int


def prepare(folder: Path, school: Served, addresses: Addresses, ca_file: Path) -> Path:
    """Write all that Synapse reads; the path of its settings."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = folder / SIGNING_KEY
    if not key.exists():
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        write_secret(key, f"ed25519 a_{secrets.token_hex(2)} {seed}\n".encode())
    own = own_secrets(folder)
    settings = folder / "homeserver.yaml"
    for place, content in (
        (folder / "bot.yaml", _bot_registration(school.server_name, own, addresses)),
        (folder / "log.yaml", LOGGING),
        (settings, _settings(folder, school, own, addresses, ca_file)),
    ):
        write_durably(place, _json(content), secret=True)
    return settings


def child(folder: Path, settings: Path, addresses: Addresses) -> Child:
    """The process, for the supervisor."""

    async def healthy() -> bool:
        async with Matrix(addresses.socket) as matrix:
            return await matrix.is_healthy()

    return Child(
        name="synapse",
        command=[sys.executable, "-m", "synapse.app.homeserver", "-c", str(settings)],
        ready=healthy,
        log_file=folder / "synapse.log",
        # Neither a proxy of the machine nor its locale may lead Synapse astray; what is no school's,
        # such as the http:// address of somebody's push service, ends in the tunnel.
        environment={
            "http_proxy": addresses.tunnel,
            "https_proxy": addresses.tunnel,
            "no_proxy": INNER_HOST,
            "LC_ALL": "C",
            # Every answer names it: else with the branch and commit of the folder it was started in.
            "SYNAPSE_VERSION_STRING": importlib.metadata.version("matrix-synapse"),
        },
        ready_within_s=120,
        healthy_every_s=20,
    )


LOGGING: dict[str, object] = {
    "version": 1,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}


_GENEROUS = {"per_second": 10, "burst_count": 1000}
# A school's people share one address; reconciling makes many joins at once.
LIMITS: dict[str, object] = {
    "rc_message": {"per_second": 5, "burst_count": 60},
    "rc_login": {
        "address": {"per_second": 1, "burst_count": 120},
        "account": {"per_second": 0.5, "burst_count": 10},
        "failed_attempts": {"per_second": 0.17, "burst_count": 10},
    },
    "rc_room_creation": _GENEROUS,
    "rc_joins": {"local": _GENEROUS, "remote": {"per_second": 1, "burst_count": 50}},
    "rc_joins_per_room": _GENEROUS,
    "rc_invites": {
        "per_room": _GENEROUS,
        "per_user": {"per_second": 1, "burst_count": 60},
        "per_issuer": _GENEROUS,
    },
}

# Who somebody is says the school, not they themselves: neither everywhere nor in one room.
WHO_ONE_IS: dict[str, object] = {
    "enable_registration": False,
    "enable_set_displayname": False,
    "allow_per_room_profiles": False,
    # A profile is a name, a duty and a login: for whoever is signed in at a school of the province.
    # Not for those alone who share a room: one is invited before one shares it.
    "require_auth_for_profile_requests": True,
    # Clients are told that neither can be had, so that they offer neither.
    "enable_3pid_changes": False,
    "login_via_existing_session": {"enabled": False},
}


def _settings(
    folder: Path,
    school: Served,
    own: Secrets,
    addresses: Addresses,
    ca_file: Path,
) -> dict[str, object]:
    return {
        "server_name": school.server_name,
        # Whoever signed in is told where to come from now on, as at the portal's own address.
        "public_baseurl": school.public_url,
        "extra_well_known_client_content": {
            name: told
            for name, told in well_known(school.public_url).items()
            if name != "m.homeserver"
        },
        "default_room_version": ROOM_VERSION,
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [
            {
                "path": str(addresses.socket),
                "mode": 0o600,
                "type": "http",
                "x_forwarded": True,
                "resources": [{"names": ["client", "federation"]}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / DATABASE)}},
        # Without it a fresh database is busy for a minute and cannot re-activate accounts meanwhile.
        "background_updates": {"sleep_enabled": False},
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / MEDIA),
        "signing_key_path": str(folder / SIGNING_KEY),
        "macaroon_secret_key": own.macaroon,
        "form_secret": own.form,
        "registration_shared_secret": own.registration,
        "report_stats": False,
        "suppress_key_server_warning": True,
        "trusted_key_servers": [],
        "federation_custom_ca_list": [str(ca_file)],
        # Which schools federate is decided by gate and tunnel, at once and without a restart.
        "http_proxy": addresses.tunnel,
        "https_proxy": addresses.tunnel,
        "no_proxy_hosts": [INNER_HOST],
        "federation": {
            "destination_min_retry_interval": "3s",
            "destination_retry_multiplier": 1.5,
            "destination_max_retry_interval": "30s",
            # A transaction under way waits by itself between its attempts, a minute in the end, and
            # nothing wakes it: a school that is back would hear nothing for so long.
            "max_long_retry_delay": "3s",
        },
        **WHO_ONE_IS,
        "password_config": {"enabled": True, "localdb_enabled": False},
        # Accounts have no password of their own, but the keeper's, which nobody keeps.
        "bcrypt_rounds": 4,
        "modules": _modules(own, addresses),
        "jwt_config": {
            "enabled": True,
            "secret": own.jwt,
            "algorithm": "HS256",
            "issuer": "madang",
            "audiences": ["messenger"],
        },
        "app_service_config_files": [str(folder / "bot.yaml")],
        "presence": {"enabled": False},
        # What rings telephones passes through others' hands; see push.py for what it may say.
        "push": {"include_content": False},
        "url_preview_enabled": False,
        "room_list_publication_rules": [{"action": "allow"}],
        "max_upload_size": f"{school.upload_mb}M",
        "encryption_enabled_by_default_for_room_type": "off",
        "user_directory": {"enabled": True, "search_all_users": True},
        **LIMITS,
    }


def _modules(own: Secrets, addresses: Addresses) -> list[dict[str, object]]:
    """What runs of ours inside Synapse."""
    return [
        {
            "module": "node.messenger.synapse.passwords.NodePasswords",
            "config": {
                "url": f"{addresses.inner}/password",
                "signed_in_url": f"{addresses.inner}/signed-in",
                "secret": own.door,
            },
        },
        {"module": "node.messenger.synapse.joining.RoomJoining", "config": {"path": JOINING}},
    ]


def _bot_registration(server_name: str, own: Secrets, addresses: Addresses) -> dict[str, object]:
    bot = f"@{BOT}:{server_name}".replace(".", "\\.")
    return {
        "id": "madang",
        "url": addresses.inner,
        "as_token": own.as_token,
        "hs_token": own.hs_token,
        "sender_localpart": SENDER,
        "rate_limited": False,
        "namespaces": {"users": [{"regex": bot, "exclusive": True}], "rooms": [], "aliases": []},
    }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)  # JSON is YAML

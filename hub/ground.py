"""What every slice of a hub stands on: the database and what works on it, settings, keys, files."""

from pathlib import Path

from hub.config import HubConfig
from hub.keys import hub_keys
from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import connect
from kit.ground import Ground as KitGround
from kit.signin.service import SignIn
from kit.web.page import Site
from protocol.identity import KeyPair

ROOM = Path(__file__).parent


class Ground(KitGround):
    """Nothing is opened before the server starts."""

    def __init__(self, config: HubConfig, clock: Clock) -> None:
        """Raises FileNotFoundError, InvalidKey."""
        self.config = config
        self.keys: KeyPair = hub_keys(config.keys)
        self.blobs = Blobs(config.blobs)
        db = connect(config.database, readers=4)
        signin = SignIn(
            db,
            clock,
            public_url=config.console_url,
            site_name=config.name,
            require_totp=True,
            idle_days=config.session_idle_hours / 24,
            absolute_days=30,
        )
        site = Site(name=config.name, kind="province", telephone=config.telephone)
        super().__init__(db, clock, signin, site, ROOM, f"Madang hub · {config.name}")

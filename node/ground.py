"""What every slice of a node stands on: the database and what works on it, settings, keys, files."""

from pathlib import Path

import msgspec

from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import connect
from kit.ground import Ground as KitGround
from kit.signin.service import SignIn
from kit.software import VERSION
from kit.web.page import Site
from node.config import NodeConfig, school_id
from node.current import CurrentSettings
from node.keys import Keyring
from protocol.identity import SchoolId, SchoolKind

ROOM = Path(__file__).parent


class School(msgspec.Struct, frozen=True):
    """Whose node this is. `software`: the program and its version."""

    id: SchoolId
    name: str
    kind: SchoolKind
    software: str


class Ground(KitGround):
    """Nothing is opened before the server starts. `config`: as it was at the start; `settings`: those
    that hold now."""

    def __init__(self, config: NodeConfig, clock: Clock) -> None:
        self.config = config
        self.settings = CurrentSettings(config)
        self.keyring = Keyring(config.keys)
        self.blobs = Blobs(config.blobs)
        self.school = School(
            id=school_id(config),
            name=config.school_name,
            kind=config.school_kind,
            software=f"madang {VERSION}",
        )
        db = connect(f"sqlite:{config.database}")
        signin = SignIn(
            db,
            clock,
            public_url=config.public_url,
            site_name=config.school_name,
            idle_days=config.session_idle_days,
        )
        title = f"Madang node · {config.school_name}"
        super().__init__(db, clock, signin, _site(config), ROOM, title)
        self.settings.follow(self._changed)

    def _changed(self, now: NodeConfig) -> None:
        self.signin.serve_at(now.public_url)
        self.shell.show(_site(now))


def _site(config: NodeConfig) -> Site:
    return Site(
        name=config.school_name,
        kind="school",
        telephone=config.telephone,
        language=config.language,
    )

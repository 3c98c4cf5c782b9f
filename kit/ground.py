"""Ground: what every slice of a server stands on."""

from pathlib import Path

from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.moves import Moves
from kit.outbox import Outbox
from kit.signin.service import SignIn
from kit.web.page import Shell, Site


class Ground:
    """The database and what works on it; a server adds its settings and keys. `room`: the server's
    package, in whose folders templates, catalogues and static files are found."""

    def __init__(
        self, db: Database, clock: Clock, signin: SignIn, site: Site, room: Path, title: str
    ) -> None:
        self.db = db
        self.clock = clock
        self.signin = signin
        self.outbox = Outbox(db, clock)
        self.jobs = Jobs(db, clock)
        self.moves = Moves(db, clock)
        self.shell = Shell(site, [room])
        self.title = title
        """As the description of the API names this server."""

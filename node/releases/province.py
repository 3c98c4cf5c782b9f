"""What the province offers comes down; how this school fares with it goes up."""

from kit.db import Tx
from node.ports.province import Affair, Cursors
from node.releases.model import ReleaseActivated, ReleaseRefused
from node.releases.service import Releases
from protocol.sync import Down

STREAM = "releases"


def affair(releases: Releases) -> Affair:
    def take(tx: Tx, down: Down, cursors: Cursors) -> bool:
        if down.releases is not None:
            releases.offered(tx, down.releases)
            cursors.save(STREAM, down.releases.cursor)
        return False

    return Affair(
        take=take,
        give=lambda tx: {"releases": releases.reports(tx)},
        prompts=(ReleaseActivated, ReleaseRefused),
    )

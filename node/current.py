"""The settings that hold now: `madang.toml`, and over it what the administrator chose in the pages.

Most settings are the file's alone and hold until the next start. Those in CHOSEN are set in the pages
too (node.settings) and hold at once, so whoever needs one asks `CurrentSettings.now` each time.
"""

import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from kit.address import is_loopback
from kit.config import ConfigError
from kit.i18n import _
from node.config import NodeConfig, check_config

CHOSEN = (
    "telephone",
    "public_url",
    "language",
    "quiet_from_hour",
    "quiet_until_hour",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_user",
    "smtp_password",
    "smtp_sender",
)

log = logging.getLogger(__name__)


class CurrentSettings:
    """`given`: as the file and the environment say; `now`: with what was chosen in the pages."""

    def __init__(self, given: NodeConfig) -> None:
        self.given = given
        self.now = given
        self._followers: list[Callable[[NodeConfig], None]] = []

    def follow(self, tell: Callable[[NodeConfig], None]) -> None:
        """Have somebody told whenever settings change."""
        self._followers.append(tell)

    def choose(self, chosen: Mapping[str, object]) -> None:
        """Let what was chosen in the pages hold."""
        now = self.over(chosen)
        if now != self.now:
            self.now = now
            for tell in self._followers:
                tell(now)

    def over(self, chosen: Mapping[str, object]) -> NodeConfig:
        """The settings with what was chosen over the file's; what this program cannot use is as there."""
        known = {name: value for name, value in chosen.items() if name in CHOSEN}
        values = msgspec.structs.asdict(self.given) | known
        try:
            return check_config(msgspec.convert(values, NodeConfig))
        except (msgspec.ValidationError, ConfigError) as error:
            log.warning("the settings chosen in the pages cannot be used: %s", error)
            return self.given


def is_reached_nowhere(url: str) -> bool:
    """Whether nobody but this machine opens the address. A name like `hanbit.localhost` was chosen to
    be tried out with, letters and all."""
    host = urlsplit(url).hostname or ""
    return is_loopback(host) and not host.endswith(".localhost")


def missing(settings: NodeConfig) -> tuple[str, ...]:
    """What has to be set before anything is printed that people shall call or open: msgids."""
    found = []
    if not settings.telephone.strip():
        found.append(_("학교 대표 전화번호"))
    if is_reached_nowhere(settings.public_url):
        found.append(_("보호자가 열 수 있는 인터넷 주소"))
    return tuple(found)

"""The settings an administrator chooses in the pages: kept, noted in the audit log, in use at once.

Kept is only what differs from `madang.toml`, so that the file goes on deciding what nobody chose here.
"""

from collections.abc import Mapping

import msgspec

from kit import audit
from kit.card import Card, Weight
from kit.clock import Clock
from kit.db import Database, Tx, decode, encode
from kit.i18n import _
from kit.problem import Invalid
from kit.schema import get_meta, set_meta
from kit.seen import check_seen, seen_of
from node.config import NodeConfig
from node.current import CurrentSettings, missing
from node.notices.service import Notices
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.settings.model import (
    MailWords,
    SchoolWords,
    SettingsAct,
    address_fault,
    is_address,
    mail_faults,
    origin_of,
    school_faults,
)

CHOSEN = "settings.chosen"
PAGE = "/admin/settings"


class ChosenSettings:
    """The slice's face; all its verbs are the administrator's."""

    def __init__(
        self, db: Database, clock: Clock, settings: CurrentSettings, notices: Notices
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._notices = notices

    @property
    def now(self) -> NodeConfig:
        """The settings that hold now."""
        return self._settings.now

    def seen(self, kind: type[SchoolWords | MailWords]) -> str:
        """Which version of them a page shows."""
        return seen_of(*_shown(self.now, kind))

    async def load(self) -> None:
        """Let what is kept hold, whenever the database was opened."""
        self._settings.choose(await self._db.read(_chosen))

    async def own_address(self, asker: Asker) -> str:
        """Where a mail reaches the asker; empty where none does."""
        sql = "SELECT coalesce(email, '') FROM people_v_person WHERE id = ?"
        return str(await self._db.read(lambda tx: tx.value(sql, (asker.id,))) or "")

    async def set_school(
        self, asker: Asker, words: SchoolWords, *, opened_at: str, seen: str = ""
    ) -> None:
        """How the school is reached. `opened_at`: the address at which the asker's browser has this
        page. Raises NotFound, Forbidden, Invalid, ChangedMeanwhile."""
        require_role(asker, Role.ADMINISTRATOR)
        wrong = school_faults(words)
        is_new = words.public_url.rstrip("/") != self.now.public_url.rstrip("/")
        if is_new and (fault := address_fault(words.public_url, opened_at)):
            wrong["public_url"] = fault
        if wrong:
            raise Invalid(wrong, opened_at=opened_at)
        if is_new:
            words = msgspec.structs.replace(words, public_url=origin_of(words.public_url))
        else:
            words = msgspec.structs.replace(words, public_url=self.now.public_url)
        await self._choose(asker, words, seen)

    async def set_mail(self, asker: Asker, words: MailWords, *, seen: str = "") -> None:
        """The mail server. A password is sent to the server for which it was typed alone: whoever names
        another one types it anew. Raises NotFound, Forbidden, Invalid, ChangedMeanwhile."""
        require_role(asker, Role.ADMINISTRATOR)
        wrong = mail_faults(words)
        now = self.now
        is_other = (words.smtp_host, words.smtp_user) != (now.smtp_host, now.smtp_user)
        keeps = bool(words.smtp_host and words.smtp_user)
        if keeps and is_other and now.smtp_password and not words.smtp_password:
            wrong["password"] = _("서버나 아이디를 바꾸면 비밀번호도 다시 입력해 주세요.")
        if wrong:
            raise Invalid(wrong)
        kept = words.smtp_password or (now.smtp_password if keeps else "")
        await self._choose(asker, msgspec.structs.replace(words, smtp_password=kept), seen)

    async def try_mail(self, asker: Asker, address: str) -> None:
        """Have the mail server take a mail to this address. Raises NotFound, Forbidden, Invalid,
        NoMailServer, MailServerAway, MailSecurityRefused, MailLoginRefused, MailRefused."""
        require_role(asker, Role.ADMINISTRATOR)
        if not is_address(address):
            raise Invalid({"address": _("받을 이메일 주소를 입력해 주세요.")})

        def noted(tx: Tx, asker: Asker) -> None:
            audit.record(tx, self._clock, asker, SettingsAct.TRY_MAIL, CHOSEN)

        sender = await self._db.read(with_role(asker, (Role.ADMINISTRATOR,), lambda _tx, now: now))
        await self._notices.trial.send(address, sender.name, sender.language)
        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), noted))  # it was sent

    def cards(self, _tx: Tx, asker: Asker, _now: int) -> list[Card]:
        """What the administrator has to set before letters can be printed."""
        lacking = missing(self.now) if asker.is_administrator else ()
        if not lacking:
            return []
        return [
            Card(
                name="settings",
                title=_("학교 설정"),
                icon="settings",
                href=PAGE,
                weight=Weight.TASK,
                count=len(lacking),
                text=_("초대장을 인쇄하려면 빠진 설정을 입력해야 합니다."),
                action=_("입력하러 가기"),
            )
        ]

    async def _choose(self, asker: Asker, words: SchoolWords | MailWords, seen: str) -> None:
        given = self._settings.given

        def unit(tx: Tx, asker: Asker) -> None:
            chosen = _chosen(tx)
            stored = self._settings.over(chosen)
            check_seen(seen, *_shown(stored, type(words)))
            wanted = msgspec.structs.asdict(words)
            changed = {name: it for name, it in wanted.items() if it != getattr(stored, name)}
            if not changed:
                return
            merged = {**chosen, **wanted}
            differing = {name: it for name, it in merged.items() if it != getattr(given, name)}
            set_meta(tx, CHOSEN, encode(differing))
            audit.record(tx, self._clock, asker, SettingsAct.CHANGE, CHOSEN, **_told(changed))

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))
        await self.load()


def _chosen(tx: Tx) -> dict[str, object]:
    stored = get_meta(tx, CHOSEN)
    return {} if stored is None else decode(stored, dict[str, object])


def _shown(settings: NodeConfig, kind: type[SchoolWords | MailWords]) -> list[object]:
    """What a page shows of the settings: all but the password."""
    return [getattr(settings, name) for name in kind.__struct_fields__ if name != "smtp_password"]


def _told(changed: Mapping[str, object]) -> dict[str, object]:
    """As the audit log has it: that the password is another one, never which."""
    return {name: "•" if name == "smtp_password" else it for name, it in changed.items()}

"""What schools need by themselves: the hub's certificate renewed in time, old charts forgotten, what
earlier releases kept counted."""

from hub.schools import spoken
from hub.schools.authority import Authority
from hub.schools.invitations import Invitations
from hub.schools.service import Schools
from kit.i18n import _
from kit.jobs import Daily
from kit.moves import Moving

MOVES = (Moving(spoken.MOVE, _("일별 접속 학교를 집계하고 있습니다."), spoken.move),)


def works(
    schools: Schools, invitations: Invitations, authority: Authority, names: tuple[str, ...]
) -> list[Daily]:
    """The periodic work. `names`: what the hub's certificate must hold."""

    async def renew() -> None:
        pinned = await invitations.is_pinned(authority.tls_fingerprint)
        if authority.is_renewal_due(pinned):
            authority.renew_tls(names)

    return [
        Daily("schools.certificate", _("허브 인증서 갱신"), 3, 20, renew),
        Daily("schools.days", _("지난 학교 상태 기록 정리"), 3, 40, schools.forget_days),
    ]

"""Schools join the server: invitations, enrolment, how each of them fares."""

from collections.abc import Callable

from hub.ground import Ground
from hub.schools import enrol_web, jobs, web
from hub.schools.authority import Authority
from hub.schools.enrolment import Enrolment, Origins
from hub.schools.invitations import Invitations
from hub.schools.model import (
    ACT_LABELS,
    DETAILS,
    KeyRotated,
    SchoolEnrolled,
    SchoolPlaced,
    SchoolReported,
    StandingChanged,
)
from hub.schools.rotation import Rotations
from hub.schools.service import Province, Schools
from hub.schools.standings import Standings
from hub.shown_once import ShownOnce
from kit.card import NavItem, Place
from kit.clock import MINUTE, SECOND
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear
from protocol.enrolment import HubIdentity


def province_of(ground: Ground) -> Province:
    """What the settings say of the province."""
    config = ground.config
    return Province(
        name=config.name,
        province=config.province,
        telephone=config.telephone,
        domain=config.domain,
        sync_interval_ms=config.sync_interval_s * SECOND,
        invitation_days=config.invitation_days,
        silent_after=config.silent_after_minutes * MINUTE,
        low_percent=config.disk_low_percent,
    )


def join(
    ground: Ground, authority: Authority, tuf_root: Callable[[], str | None]
) -> tuple[tuple[Schools, Standings, Invitations], Slice]:
    """`tuf_root`: the first root of the releases' repository, which a school takes along."""
    config, db, clock, keys = ground.config, ground.db, ground.clock, ground.keys

    def identity() -> HubIdentity:
        return HubIdentity(
            name=config.name,
            keys=keys.public,
            urls=config.origins,
            tls_fingerprint=authority.tls_fingerprint,
            ca_chain_pem=authority.chain_pem,
        )

    province = province_of(ground)
    schools = Schools(db, clock, province)
    standings = Standings(db, clock)
    invitations = Invitations(db, clock, province, identity)
    door = enrol_web.Door(
        enrolment=Enrolment(db, clock, keys, authority, province, identity, tuf_root),
        rotations=Rotations(db, clock, keys, authority, province),
        identity=identity,
        origins=Origins(config.origins),
        keys=keys,
        clock=clock,
    )
    return (schools, standings, invitations), Slice(
        package="hub.schools",
        routes=(*web.ROUTES,),
        api=(*enrol_web.ROUTES,),
        keep=(
            Kept(web.SCHOOLS, schools),
            Kept(web.STANDINGS, standings),
            Kept(web.INVITATIONS, invitations),
            Kept(web.CODES, ShownOnce(clock)),
            Kept(enrol_web.DOOR, door),
        ),
        nav=(
            Place(10, NavItem("/schools", _("학교 목록"), "school"), lambda _officer: True),
            Place(
                11, NavItem("/invitations", _("초대장"), "mail", phone=False), lambda _officer: True
            ),
        ),
        cards=schools.cards,
        acts=ACT_LABELS,
        details=DETAILS,
        heard_by={
            KeyRotated: all_hear,
            SchoolEnrolled: all_hear,
            SchoolPlaced: all_hear,
            SchoolReported: all_hear,
            StandingChanged: all_hear,
        },
        works=jobs.works(schools, invitations, authority, config.api_names),
        moves=jobs.MOVES,
    )

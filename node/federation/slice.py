"""The conversation with the province joins the server."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.db import Tx
from kit.finding import AtOnce, Finding
from kit.i18n import _
from kit.slice import Kept
from node.federation import checks, colleagues, inbound, jobs, store, web
from node.federation.acts import ACTS
from node.federation.cards import cards
from node.federation.conversation import Talking
from node.federation.model import StandingChanged
from node.federation.service import Federation
from node.ground import Ground
from node.ledger.service import Ledger
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, ledger: Ledger, slices: Sequence[Slice]) -> tuple[Federation, Slice]:
    """`slices`: those that have to do with the province."""
    affairs = [affair for one in slices for affair in one.province]
    federation = Federation(ground, ledger, affairs)
    talking = Talking(ground.db, ground.clock, federation, affairs)
    config = ground.config
    lives = [lambda: jobs.conversation(ground.db, federation, talking, affairs)]
    if config.lan_announce:
        lives.append(lambda: jobs.announcement(ground))

    def of_province(tx: Tx) -> list[Finding]:
        return checks.of_province(federation.connection(tx), ground.clock.now())

    def of_keys(tx: Tx) -> list[Finding]:
        return checks.of_keys(store.rotation(tx), store.membership(tx), ground.clock.now())

    return federation, Slice(
        package="node.federation",
        routes=(*web.ROUTES,),
        keep=(Kept(web.FEDERATION, federation),),
        nav=(
            Place(
                80,
                NavItem("/directory", _("교직원 찾기"), "users", Group.WORK, phone=False),
                lambda asker: asker.is_staff,
            ),
            Place(
                81,
                NavItem(
                    "/admin/province", _("도교육청 연결"), "link", Group.ADMINISTRATION, phone=False
                ),
                lambda asker: asker.is_administrator,
            ),
        ),
        cards=cards,
        cards_rank=20,  # below the notifications
        acts=ACTS,
        heard_by={StandingChanged: hearing.staff},
        works=jobs.works(federation),
        moves=colleagues.MOVES,
        settles=(federation.settle_keys, lambda: inbound.read_kept(ground.db, affairs)),
        lives=lives,
        checks=(AtOnce(of_province), AtOnce(of_keys)),
    )

"""People join the server: who asks, what they may, who belongs to the school."""

from kit.card import Group, NavItem, Place
from kit.finding import AtOnce
from kit.i18n import _
from kit.slice import Kept
from kit.web.stages import Stage
from node.ground import Ground
from node.people import about, checks, hearing, jobs, session, web
from node.people.acts import ACTS, DETAILS
from node.people.lists.importing import ImportMoved
from node.people.model import (
    AccessChanged,
    Asker,
    FamiliesChanged,
    PersonClosed,
    Role,
    StaffChanged,
)
from node.people.pages import classes, groups, invitations, lists
from node.people.pages import people as people_pages
from node.people.roster import names
from node.people.service import People
from node.slice import Slice


def join(ground: Ground) -> tuple[People, Slice]:
    people = People(
        ground.db,
        ground.clock,
        ground.signin,
        ground.keyring.invitation_secret(),
        ground.settings,
    )
    return people, Slice(
        package="node.people",
        routes=(
            *web.ROUTES,
            *people_pages.ROUTES,
            *classes.ROUTES,
            *groups.ROUTES,
            *invitations.ROUTES,
            *lists.ROUTES,
        ),
        keep=(
            Kept(session.ASKERS, session.Askers(ground.db, ground.clock)),
            Kept(web.PEOPLE, people),
        ),
        middlewares=((Stage.PAGE, session.middleware),),
        nav=(
            Place(
                90,
                NavItem("/admin/people", _("구성원"), "users", Group.ADMINISTRATION, phone=False),
                _manages,
            ),
            Place(
                91,
                NavItem("/my-class", _("우리 반"), "users", Group.SCHOOL_LIFE, phone=False),
                _has_class_only,
            ),
        ),
        cards=people.cards,
        cards_rank=90,
        brings_cards=(AccessChanged,),
        acts=ACTS,
        details=DETAILS,
        heard_by={
            AccessChanged: hearing.person(lambda event: event.person_id),
            FamiliesChanged: hearing.staff,
            ImportMoved: hearing.staff,
            PersonClosed: hearing.person(lambda event: event.person_id),
            StaffChanged: hearing.person(lambda event: event.person_id),
        },
        works=jobs.works(people),
        moves=names.MOVES,
        lives=(lambda: jobs.running(people),),
        checks=(AtOnce(checks.of_people),),
        held=about.about,
    )


def _manages(asker: Asker) -> bool:
    return bool(asker.roles & {Role.ADMINISTRATOR, Role.OFFICE})


def _has_class_only(asker: Asker) -> bool:
    return bool(asker.classes) and not _manages(asker)

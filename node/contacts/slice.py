"""Whom to call for what at the school joins the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.contacts import web
from node.contacts.acts import ACTS, DETAILS
from node.contacts.findable import FINDABLE
from node.contacts.model import ContactsChanged
from node.contacts.service import Contacts
from node.ground import Ground
from node.people import hearing
from node.slice import Slice


def join(ground: Ground) -> tuple[Contacts, Slice]:
    contacts = Contacts(ground.db, ground.clock)
    return contacts, Slice(
        package="node.contacts",
        routes=(*web.ROUTES,),
        keep=(Kept(web.CONTACTS, contacts),),
        nav=(
            Place(
                48,
                NavItem("/contacts", _("학교 연락처"), "phone", Group.SCHOOL_LIFE, phone=False),
                lambda _asker: True,
            ),
        ),
        brings_cards=(ContactsChanged,),
        acts=ACTS,
        details=DETAILS,
        heard_by={ContactsChanged: hearing.everybody},
        findable=(FINDABLE,),
    )

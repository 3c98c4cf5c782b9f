"""The province's address book joins the server."""

from hub.directory import jobs, web
from hub.directory.service import Directory
from hub.ground import Ground
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice


def join(ground: Ground) -> tuple[Directory, Slice]:
    directory = Directory(ground.db, ground.clock)
    return directory, Slice(
        package="hub.directory",
        routes=(*web.ROUTES,),
        keep=(Kept(web.DIRECTORY, directory),),
        nav=(Place(20, NavItem("/directory", _("교직원 찾기"), "search"), lambda _officer: True),),
        hears=jobs.subscriptions(directory),
    )

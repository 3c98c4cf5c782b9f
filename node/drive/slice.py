"""The staff's files join the server."""

from kit.blobs import Blobs
from kit.card import Group, NavItem, Place
from kit.db import Database
from kit.finding import AtLength, Finding, HowFar
from kit.i18n import _
from kit.slice import Kept
from node.drive import about, api, checks, jobs, upload_web, web
from node.drive.acts import ACTS, DETAILS
from node.drive.findable import FINDABLE
from node.drive.model import DriveFileChanged, Limits
from node.drive.service import Drive
from node.ground import Ground
from node.people import hearing
from node.slice import Slice


def join(ground: Ground) -> tuple[Drive, Slice]:
    config = ground.config
    limits = Limits(config.drive_quota_mb * 1024**2, config.drive_shared_quota_mb * 1024**2)
    drive = Drive(ground.db, ground.clock, Blobs(config.drive), limits)

    async def of_files(db: Database, _told: HowFar) -> list[Finding]:
        return checks.of_drive(await db.read(drive.contents.missing))

    return drive, Slice(
        package="node.drive",
        routes=(*web.ROUTES, *upload_web.ROUTES, *api.ROUTES),
        keep=(Kept(web.DRIVE, drive),),
        nav=(
            Place(
                50,
                NavItem("/drive", _("드라이브"), "folder", Group.WORK, phone=False),
                lambda asker: asker.is_staff,
            ),
        ),
        cards=drive.cards,
        acts=ACTS,
        details=DETAILS,
        heard_by={DriveFileChanged: hearing.staff},
        findable=(FINDABLE,),
        works=jobs.works(drive),
        lives=(lambda: jobs.reading(drive),),
        checks=(AtLength(_("드라이브 파일 점검"), of_files),),
        held=about.about,
    )

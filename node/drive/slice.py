"""The staff's files join the server."""

from kit.blobs import Blobs
from kit.card import Group, NavItem, Place
from kit.db import Database
from kit.finding import AtLength, Finding, HowFar
from kit.i18n import _
from kit.signin.basic import BasicSignIn
from kit.slice import Kept
from node.drive import about, api, checks, connect_web, jobs, upload_web, web
from node.drive.acts import ACTS, DETAILS
from node.drive.dav import answering, locking, looking, placing, writing
from node.drive.dav import reading as dav_reading
from node.drive.dav.seen import SeenVersions
from node.drive.findable import FINDABLE
from node.drive.model import DriveFileChanged, Limits
from node.drive.noticed import DRIVE_NOTICED
from node.drive.programs import Programs
from node.drive.service import Drive
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.slice import Slice

DAV = (
    *looking.ROUTES,
    *dav_reading.ROUTES,
    *writing.ROUTES,
    *placing.ROUTES,
    *locking.ROUTES,
)


def join(ground: Ground, notices: Notices) -> tuple[Drive, Slice]:
    config = ground.config
    limits = Limits(config.drive_quota_mb * 1024**2, config.drive_shared_quota_mb * 1024**2)
    drive = Drive(ground.db, ground.clock, Blobs(config.drive), limits, notices)

    async def of_files(db: Database, _told: HowFar) -> list[Finding]:
        return checks.of_drive(await db.read(drive.contents.missing))

    return drive, Slice(
        package="node.drive",
        routes=(*web.ROUTES, *upload_web.ROUTES, *api.ROUTES, *connect_web.ROUTES, *DAV),
        keep=(
            Kept(web.DRIVE, drive),
            Kept(answering.BASIC, BasicSignIn(ground.db, ground.clock, ground.signin)),
            Kept(dav_reading.SEEN, SeenVersions()),
            Kept(connect_web.PROGRAMS, Programs(ground.db, ground.clock)),
        ),
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
        noticed=(DRIVE_NOTICED,),
        works=jobs.works(drive),
        lives=(lambda: jobs.reading(drive),),
        checks=(AtLength(_("드라이브 파일 점검"), of_files),),
        held=about.about,
    )

"""The one place where a school's node is wired: every slice joins, from the bottom floor to the top.

A slice is known here by its `join` alone (kit.slice); what it needs of others stands in the call. How
to add one: docs/how-to/add-a-slice.md.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from kit.clock import Clock, SystemClock
from kit.slice import Joined
from kit.web.assembly import ASSEMBLY, Assembly
from node.access_log import slice as access_log_slice
from node.approval import slice as approval_slice
from node.assistant import slice as assistant_slice
from node.attendance import slice as attendance_slice
from node.belongings import slice as belongings_slice
from node.bookings import slice as bookings_slice
from node.calendar import slice as calendar_slice
from node.config import NodeConfig
from node.consultations import slice as consultations_slice
from node.contacts import slice as contacts_slice
from node.drive import slice as drive_slice
from node.federation import slice as federation_slice
from node.federation.province import Province
from node.files import slice as files_slice
from node.forms import slice as forms_slice
from node.gallery import slice as gallery_slice
from node.ground import Ground
from node.home import slice as home_slice
from node.imports import slice as imports_slice
from node.ledger import slice as ledger_slice
from node.meals import slice as meals_slice
from node.messenger import slice as messenger_slice
from node.newsletters import slice as newsletters_slice
from node.notices import slice as notices_slice
from node.notify import slice as notify_slice
from node.official import slice as official_slice
from node.people import slice as people_slice
from node.people.access import beyond_own_class
from node.privacy import slice as privacy_slice
from node.questions import slice as questions_slice
from node.releases import slice as releases_slice
from node.search import slice as search_slice
from node.settings import slice as settings_slice
from node.signups import slice as signups_slice
from node.slice import Slice
from node.statistics import slice as statistics_slice
from node.submissions import slice as submissions_slice
from node.supplies import slice as supplies_slice
from node.surveys import slice as surveys_slice
from node.timetable import slice as timetable_slice

LARGEST_REQUEST = 40 * 1024 * 1024  # bytes: an attachment of 30 MB and its form

CONFIG = web.AppKey("config", NodeConfig)


def join(ground: Ground) -> list[Slice]:
    """The slices of a node, in floor order."""
    province = Province(ground.db, ground.config.releases_url)
    used = assistant_slice.kinds_used(ground.config)
    joined: Joined[Slice] = Joined()
    access_log = joined.take(access_log_slice.join(ground, beyond_own_class))
    people = joined.take(people_slice.join(ground))
    ledger = joined.take(ledger_slice.join(ground))
    notices = joined.take(notices_slice.join(ground, joined.slices))
    questions = joined.take(questions_slice.join(ground))
    calendar = joined.take(calendar_slice.join(ground, joined.slices))
    files = joined.take(files_slice.join(ground, joined.slices))
    approval = joined.take(approval_slice.join(ground, notices, joined.slices))
    joined.take(settings_slice.join(ground, notices))
    forms = joined.take(forms_slice.join(ground, people, ledger, questions, notices, files))
    joined.take(signups_slice.join(ground, ledger, notices))
    joined.take(
        submissions_slice.join(ground, notices, questions, approval, files, ledger, calendar)
    )
    joined.take(surveys_slice.join(ground, questions, notices))
    joined.take(consultations_slice.join(ground, calendar, notices))
    newsletters = joined.take(newsletters_slice.join(ground, calendar, files, approval, forms))
    joined.take(official_slice.join(ground, files, newsletters))
    drive = joined.take(drive_slice.join(ground, notices))
    contacts = joined.take(contacts_slice.join(ground))
    timetable = joined.take(timetable_slice.join(ground))
    joined.take(meals_slice.join(ground))
    joined.take(attendance_slice.join(ground, notices, calendar, joined.slices))
    joined.take(gallery_slice.join(ground, notices))
    joined.take(belongings_slice.join(ground, files, notices))
    joined.take(bookings_slice.join(ground, calendar, timetable, notices))
    joined.take(imports_slice.join(ground, joined.slices))
    search = joined.take(search_slice.join(ground, joined.slices))
    joined.take(notify_slice.join(ground, newsletters, notices))
    # What a school takes from the province comes with the handbook, whoever else uses that.
    fetched = tuple(dict.fromkeys(("knowledge", *used)))
    releases = joined.take(releases_slice.join(ground, province.releases, fetched))
    joined.take(supplies_slice.join(ground, releases, joined.slices, is_used="knowledge" in used))
    assistant = joined.take(assistant_slice.join(ground, search, releases))
    joined.take(messenger_slice.join(ground, province, assistant, joined.slices))
    joined.take(statistics_slice.join(ground))
    joined.take(federation_slice.join(ground, ledger, joined.slices))
    joined.take(privacy_slice.join(ground, access_log, ledger, joined.slices))
    joined.take(home_slice.join(ground, calendar, contacts, drive, joined.slices))
    return joined.slices


def build(config: NodeConfig, clock: Clock | None = None) -> web.Application:
    """The node as an aiohttp application. Nothing is opened before it starts."""
    ground = Ground(config, clock or SystemClock())
    return made_of(ground, join(ground))


def made_of(ground: Ground, slices: Sequence[Slice]) -> web.Application:
    """The application of these slices."""
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app[CONFIG] = ground.config
    Assembly(ground, slices).install(app, is_behind_proxy=ground.config.behind_proxy)
    return app


@contextlib.asynccontextmanager
async def open_database(app: web.Application) -> AsyncIterator[None]:
    """The database of a built node, brought up to date; for commands that do not serve."""
    async with app[ASSEMBLY].opened():
        yield

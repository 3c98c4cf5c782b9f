"""What stories of the access log share: looking, asking the log, naming the privacy officer."""

from node.access_log.access import ACCESS_LOG
from node.access_log.model import EntriesWanted, LookEntry
from node.access_log.service import AccessLog
from node.people.model import Role
from tests.node.conftest import School

ALWAYS = EntriesWanted(0, 2**62)
OFFICER = "윤태식"  # the vice principal


def log_of(school: School) -> AccessLog:
    return school.app[ACCESS_LOG]


async def entries(school: School, wanted: EntriesWanted = ALWAYS) -> list[LookEntry]:
    """What the log holds, the newest first."""
    log = log_of(school)
    await log.take_over()
    return await school.db.read(lambda tx: log.entries(tx, wanted))


async def look_at_class(school: School, name: str = "박서연") -> None:
    """Somebody opens the list of 3-2."""
    client = await school.client_as(name)
    assert (await client.get(f"/admin/classes/{school.class_id('3-2')}")).status == 200


async def name_officer(school: School) -> None:
    """The administrator makes the vice principal the privacy officer."""
    administrator = await school.asker("정민호")
    roles = frozenset({Role.VICE_PRINCIPAL, Role.PRIVACY_OFFICER})
    await school.people.roles.set_roles(administrator, school.id(OFFICER), roles)

"""Who gets what of the front page and the administrator's pages."""

from node.home.web import BACK_UP
from tests.node.conftest import School
from tests.node.routes import NOTHING, NUMBERS, OWN, RIGHTS, Route, everyone, only

ADMINISTRATOR = ("administrator",)


async def _backup(school: School) -> str:
    made = await school.app[BACK_UP].make()
    return f"/admin/system/backups/{made.name}"


ROUTES = (
    Route("GET", "/", everyone(200), nobody=OWN),
    Route("GET", "/home/cards", everyone(200), nobody=OWN, piece="a piece of /"),
    Route("GET", "/api/v1/home", everyone(200, anonymous=401), json=True, nobody=OWN),
    Route("GET", "/admin", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route("GET", "/admin/audit", only(ADMINISTRATOR, 200)),
    Route("GET", "/admin/jobs", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/admin/jobs/{name}/run",
        only(ADMINISTRATOR, 303),
        url="/admin/jobs/signin.forget/run",
        proof=NOTHING,
    ),
    Route("GET", "/admin/system", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route("POST", "/admin/system/backup", only(ADMINISTRATOR, 303), proof=NOTHING),
    Route(
        "GET",
        "/admin/system/backups/{name}",
        only(ADMINISTRATOR, 200),
        url=_backup,
        proof=RIGHTS,
        piece="a file",
    ),
)

HOLDS_NOBODY = "it has no table"

FROM_AN_END = {
    "node.doctor.Doctor._database": "the newest event",
}

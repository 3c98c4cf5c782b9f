"""Who gets what of files that a school brings: whoever may change what they bring."""

from aiohttp import FormData

from node.imports.web import FILE_IMPORTS
from tests.node.conftest import School
from tests.node.routes import KEEPERS, NOTHING, NUMBERS, PUBLISHED, Route, only

MEALS = "급식일자,요리명\n2026-11-24,쌀밥\n"


def chosen(_school: School) -> FormData:
    form = FormData()
    form.add_field("file", MEALS.encode(), filename="급식.csv")
    return form


async def brought(school: School) -> str:
    """A file that each of those who keep meals has brought; the newest is the administrator's."""
    imports = school.app[FILE_IMPORTS]
    ids = [
        await imports.bring(await school.asker(name), "meals", "급식.csv", MEALS.encode())
        for name in ("오정숙", "정민호")
    ]
    return f"/imports/meals/{ids[-1]}"


async def columns(school: School) -> str:
    return f"{await brought(school)}/columns"


ROUTES = (
    Route(
        "GET",
        "/imports/{about}",
        only(KEEPERS, 200),
        url="/imports/meals",
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        "/imports/{about}",
        only(KEEPERS, 303),
        url="/imports/meals",
        data=chosen,
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/imports/{about}/{id}",
        only(("administrator",), 200) | {"office": 404},
        url=brought,
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        "/imports/{about}/{id}/columns",
        only(("administrator",), 303) | {"office": 404},
        url=columns,
        data={"column-0": "day", "column-1": "dishes"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/imports/{about}/{id}",
        only(("administrator",), 303) | {"office": 404},
        url=brought,
        proof=NOTHING,
    ),
)

HOLDS_NOBODY = "headings of files, and which column each is"
STAYS = {"imports_heading": "the few headings of the files that a school brings"}

"""Who gets what of files that a school brings: whoever may change what they bring."""

from aiohttp import FormData

from kit import sheets
from node.imports import store
from node.imports.web import FILE_IMPORTS
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import KEEPERS, NOTHING, NUMBERS, PUBLISHED, Route, only
from tests.planted import SHORT

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

UNTYPED = {"imports_heading.field": "a word of ours"}


async def sow(planting: Planting) -> None:
    """A heading that somebody explained, and a file of the administrator's that waits for a yes."""
    school = planting.school
    heading, dish = planting.typed("heading", SHORT), planting.typed("dish", SHORT)
    await school.db.write(lambda tx: store.remember(tx, "meals", {heading: ""}))
    rows = [["급식일자", "요리명", heading], ["2026-11-24", dish, planting.typed("cell", SHORT)]]
    administrator = await school.asker("정민호")
    name = planting.typed("file", SHORT)
    file = await school.app[FILE_IMPORTS].bring(administrator, "meals", name, sheets.csv(rows))
    planting.addresses += [f"/imports/meals/{file}", f"/imports/meals/{file}?say=1"]


HOLDS_NOBODY = "headings of files, and which column each is"
STAYS = {"imports_heading": "the few headings of the files that a school brings"}

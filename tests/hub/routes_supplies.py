"""Who gets what of supplies: all read, officers put in and take out."""

from functools import partial

import msgspec

from hub.officers.model import CONSOLE
from hub.supplies import store
from hub.supplies.model import SupplyItem
from hub.supplies.uploads_web import UPLOADS
from kit.db import Tx
from protocol.supplies import LETTER_FORMAT, LetterFile, LetterKind, SupplyKind
from tests.hub.planting import Planting
from tests.hub.routes import NOTHING, Route


def _plant(planting: Planting, tx: Tx) -> None:
    """A kind of paper, as an officer put it in."""
    item = SupplyItem(
        kind="paper",
        key="planted",
        name=planting.typed("name"),
        state="1",
        published="",
        changed_at=planting.province.clock.now(),
        changed_by=planting.typed("officer"),
        withdrawn_at=None,
    )
    store.put(tx, item, planting.typed("content"))
    letter = LetterFile(
        format=LETTER_FORMAT,
        id="planted",
        kind=LetterKind.NEWSLETTER,
        name=planting.typed("letter"),
        title=planting.typed("title"),
        body=planting.typed("body"),
        form={"fields": [{"label": planting.typed("label")}]},
    )
    item = msgspec.structs.replace(item, kind="letter", name=letter.name)
    store.put(tx, item, msgspec.json.encode(letter).decode())
    planting.addresses.append("/supplies/letters/planted")


async def sow(planting: Planting) -> None:
    await planting.province.hub.db.write(partial(_plant, planting))
    said = {planting.typed("heading"): ""}
    await planting.province.hub.db.write(partial(store.remember, kind="meals", said=said))
    table = f"{planting.typed('column', 60)},b\n{planting.typed('cell', 30)},c\n"
    odd = f"학교코드,급식일자,요리명\n7530101,{planting.typed('day', 30)},밥\n"
    nobody = msgspec.structs.replace(
        CONSOLE, id=""
    )  # what waits for nobody is found by its address
    for content in (table, odd):
        files = [(planting.typed("file", 60), content.encode())]
        uploads = planting.province.hub.console[UPLOADS]
        upload = await uploads.bring(nobody, SupplyKind.MEALS, files)
        planting.addresses.append(f"/supplies/neis/meals/{upload.id}")


ROUTES = (
    Route("GET", "/supplies", (303, 200, 200, 200)),
    Route("POST", "/supplies/papers", (303, 403, 422, 422), proof=NOTHING),
    Route("POST", "/supplies/letters", (303, 403, 422, 422), proof=NOTHING),
    Route("GET", "/supplies/letters/new", (303, 403, 200, 200)),
    Route(
        "POST",
        "/supplies/letters/new",
        (303, 403, 303, 303),
        data={"name": "안내", "title": "안내", "body": "내용"},
        proof=NOTHING,
    ),
    Route("GET", "/supplies/letters/{key}", (303, 404, 404, 404)),
    Route("GET", "/supplies/letters/{key}/edit", (303, 403, 404, 404)),
    Route("POST", "/supplies/letters/{key}/edit", (303, 403, 404, 404), proof=NOTHING),
    Route(
        "POST",
        "/supplies/holidays",
        (303, 403, 303, 303),
        data={"days": "2027-05-04 임시공휴일"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/supplies/neis/{kind}",
        (303, 403, 404, 404),
        proof=NOTHING,
    ),
    Route("POST", "/supplies/neis/{kind}/headings/remove", (303, 403, 404, 404), proof=NOTHING),
    Route("GET", "/supplies/neis/{kind}/{id}", (303, 403, 404, 404)),
    Route("POST", "/supplies/neis/{kind}/{id}", (303, 403, 404, 404), proof=NOTHING),
    Route(
        "POST", "/supplies/neis/{kind}/{id}/columns/{number}", (303, 403, 404, 404), proof=NOTHING
    ),
    Route("GET", "/supplies/neis/{kind}/{id}/odd.csv", (303, 403, 404, 404), piece="a file"),
    Route("POST", "/supplies/{kind}/{key}/remove", (303, 403, 404, 404), proof=NOTHING),
    Route("POST", "/supplies/{kind}/{key}/restore", (303, 403, 404, 404), proof=NOTHING),
)

UNTYPED = {
    "supplies_item.kind": "a word of ours",
    "supplies_item.key": "an id or a day",
    "supplies_item.state": "a digest",
    "supplies_item.published": "a digest",
    "supplies_release.held": "kinds, keys and digests",
    "supplies_tree.root": "a digest",
    "supplies_heading.kind": "a word of ours",
    "supplies_heading.field": "a word of ours",
    "supplies_parcel.root": "a digest",
    "supplies_parcel.school": "digits",
    "supplies_parcel.proof": "digests",
}

STAYS = {
    "supplies_item": "some hundreds at most",
    "supplies_heading": "headings of files, explained by hand",
    "supplies_tree": "some hundreds at most: a month each, and old ones go",
}

"""A NUL, which PostgreSQL cannot store and no page shows, ends in words and never in a fault."""

import aiohttp
import pytest

from hub.officers.model import Role
from tests.hub.conftest import SAESOL, Province
from tests.hub.test_release_pages import TRIP, page, press
from tests.hub.test_writing import NOTICE

PDF = b"%PDF-1.7 1 0 obj"


def file_called(name: str, **fields: str) -> tuple[bytes, dict[str, str]]:
    """A form with one file, its name sent byte by byte."""
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--cut\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = b"".join((*parts, head.encode(), PDF, b"\r\n--cut--\r\n"))
    return body, {"Content-Type": "multipart/form-data; boundary=cut"}


@pytest.mark.parametrize("name", ["안내\x00문.pdf", "안내%00문.pdf", "\x00.pdf"])
async def test_a_file_whose_name_holds_one_is_taken_without_it_or_refused(
    province: Province, name: str
) -> None:
    officer = await province.signed_in(Role.OFFICER)
    here = await press(officer, "/notices/new", **NOTICE)
    for place, fields in ((f"{here}/files", {}), ("/knowledge/files", TRIP)):
        body, headers = file_called(name, **fields)
        async with officer.post(place, data=body, headers=headers) as answer:
            assert answer.status in (200, 400, 422), await answer.text()
    assert "\x00" not in await page(officer, here)


async def test_json_that_holds_one_is_refused(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    sent = {"school_id": SAESOL, "name": "새솔\x00중학교", "kind": "middle", "days": 7}
    async with officer.post("/api/v1/invitations", json=sent) as answer:
        assert answer.status == 422
        assert (await answer.json())["title"] == "invalid"


@pytest.mark.parametrize("path", ["/knowledge/a%00b", "/notices/%00", "/schools/%00", "/%00"])
async def test_an_address_that_holds_one_is_unknown(province: Province, path: str) -> None:
    officer: aiohttp.ClientSession = await province.signed_in(Role.OFFICER)
    async with officer.get(f"{province.url}{path}") as answer:
        assert answer.status == 404

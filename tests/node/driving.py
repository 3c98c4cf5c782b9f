"""The drive over HTTP as its stories use it: areas, files, folders, shares, what a search gives."""

import aiohttp

from node.drive.web import DRIVE
from tests.node.conftest import Answer, Client, School


async def areas(client: Client) -> dict[str, str]:
    """kind → id of the root."""
    found = (await client.get("/api/v1/drive")).json()
    return {area["kind"]: area["id"] for area in found}


async def put(client: Client, target: str, name: str, content: bytes) -> Answer:
    """A file by the plain form."""
    form = aiohttp.FormData(quote_fields=False)  # as browsers do
    form.add_field("files", content, filename=name)
    return await client.post(f"/drive/{target}/files", form)


async def children(client: Client, folder: str) -> dict[str, str]:
    """name → id"""
    answer = await client.get(f"/api/v1/drive/items/{folder}/children")
    return {item["name"]: item["id"] for item in answer.json()["items"]}


async def folder(client: Client, parent: str, name: str) -> str:
    answer = await client.post(f"/api/v1/drive/items/{parent}/folders", json={"name": name})
    assert answer.status == 201, answer.text
    return str(answer.json()["id"])


async def kept(client: Client, parent: str, name: str, content: bytes) -> str:
    """A file that is there; its id."""
    answer = await put(client, parent, name, content)
    assert answer.status == 303, answer.text
    return (await children(client, parent))[name]


async def share(client: Client, item: str, key: str, right: str = "view") -> int:
    answer = await client.request(
        "PUT", f"/api/v1/drive/items/{item}/shares", json={"key": key, "right": right}
    )
    return answer.status


async def unshare(client: Client, item: str, key: str) -> int:
    answer = await client.request(
        "DELETE", f"/api/v1/drive/items/{item}/shares", params={"key": key}
    )
    return answer.status


async def found(client: Client, words: str) -> list[str]:
    """Addresses of what a search gives."""
    answer = await client.get("/api/v1/search", params={"q": words, "kind": "file"})
    return [hit["href"] for hit in answer.json()["hits"]]


async def read(school: School) -> None:
    """Until the texts of files are read and in the index."""
    await school.app[DRIVE].reading.work()
    await school.settled()

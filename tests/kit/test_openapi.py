"""What is described is what is served."""

import json
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from kit.clock import ManualClock
from tests.kit.serving import Kit, running_kit


@pytest.fixture
async def document(tmp_path: Path, clock: ManualClock) -> AsyncIterator[dict[str, Any]]:
    async for kit in running_kit(tmp_path, clock):
        yield await described(kit)


async def described(kit: Kit) -> dict[str, Any]:
    status, _headers, text = await kit.ask("GET", "/api/openapi.json")
    assert status == 200
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_it_says_what_it_is(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "시험", "version": version("madang")}


def test_only_routes_made_for_programs_are_described(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert set(paths["/api/v1/notes"]) == {"get"}
    assert set(paths["/api/v1/notes/{id}"]) == {"post"}
    assert "/notes" not in paths
    assert all(path.startswith("/api/") for path in paths)


def test_queries_paths_and_bodies_have_their_types(document: dict[str, Any]) -> None:
    listing = document["paths"]["/api/v1/notes"]["get"]
    parameters = {one["name"]: (one["in"], one["required"]) for one in listing["parameters"]}
    assert parameters == {"wanted": ("query", True), "page": ("query", False)}
    writing = document["paths"]["/api/v1/notes/{id}"]["post"]
    assert [(one["name"], one["in"]) for one in writing["parameters"]] == [("id", "path")]
    body = writing["requestBody"]["content"]["application/json"]["schema"]
    note = document["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
    assert (set(note["properties"]), note["required"]) == ({"text", "count"}, ["text"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known
    assert references(document)


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_answers_refusals_and_who_may_ask_are_said(document: dict[str, Any]) -> None:
    listing = document["paths"]["/api/v1/notes"]["get"]
    writing = document["paths"]["/api/v1/notes/{id}"]["post"]
    assert set(listing["responses"]) == {"200", "4XX"}
    assert set(writing["responses"]) == {"201", "4XX"}
    assert listing["security"] == [{"bearer": []}]
    assert "security" not in writing
    problem = listing["responses"]["4XX"]["content"]
    assert set(problem) == {"application/problem+json"}

"""Every route of the console as every role: who may, who is refused and how."""

import re
from typing import Any

import aiohttp

from hub.officers.model import Role
from tests.hub.conftest import HANBIT, SAESOL, Province

SHARED = (
    "/static", "/live", "/sign-", "/session", "/account", "/answers", "/language", "/metrics",
    "/healthz",
)  # fmt: skip
NOBODY = "f" * 20

INVITATION = {"school_id": SAESOL, "name": "새솔중학교", "kind": "middle"}
DATA: dict[str, dict[str, Any]] = {
    "/invitations": INVITATION,
    "/api/v1/invitations": {**INVITATION, "days": 7},
    "/logs/machines": {"school_id": HANBIT},
    "/logs/restart": {"school_id": HANBIT},
    "/notices/new": {"title": "점검 협조", "body": "안내합니다."},
    "/notices/{notice_id}/send": {"seen_at": "1"},
    "/knowledge/new": {"title": "체험학습", "body": "사흘 전까지 신청합니다."},
    "/knowledge/{document_id}/edit": {"title": "체험학습", "body": "본문", "seen": "1"},
    "/releases/models": {"file": "none.gguf", "name": "모델", "licence": "Apache-2.0"},
    "/releases/{kind}/{version}/stop": {"reason": "까닭"},
    "/releases/{kind}/{version}/withdraw": {"reason": "까닭"},
    "/officers": {"login": "newcomer", "name": "새담당", "role": "viewer"},
    "/officers/{id}/role": {"role": "viewer"},
}

# Route → what an anonymous visitor, a viewer, an officer and an administrator get.
TABLE: dict[tuple[str, str], tuple[int, int, int, int]] = {
    ("GET", "/"): (303, 200, 200, 200),
    ("GET", "/api/openapi.json"): (200, 200, 200, 200),
    ("GET", "/api/v1/audit"): (401, 403, 200, 200),
    ("GET", "/api/v1/directory"): (401, 200, 200, 200),
    ("GET", "/api/v1/invitations"): (401, 200, 200, 200),
    ("POST", "/api/v1/invitations"): (401, 403, 201, 201),
    ("POST", "/api/v1/invitations/{id}/revoke"): (401, 403, 404, 404),
    ("GET", "/api/v1/knowledge"): (401, 200, 200, 200),
    ("GET", "/api/v1/notices"): (401, 200, 200, 200),
    ("GET", "/api/v1/releases"): (401, 200, 200, 200),
    ("GET", "/api/v1/releases/{kind}/{version}"): (401, 404, 404, 404),
    ("GET", "/api/v1/schools"): (401, 200, 200, 200),
    ("GET", "/api/v1/schools/{id}"): (401, 200, 200, 200),
    ("POST", "/api/v1/schools/{id}/resume"): (401, 403, 422, 422),
    ("POST", "/api/v1/schools/{id}/revoke"): (401, 403, 422, 422),
    ("POST", "/api/v1/schools/{id}/suspend"): (401, 403, 422, 422),
    ("POST", "/api/v1/session"): (422, 422, 422, 422),
    ("GET", "/audit"): (303, 403, 200, 200),
    ("GET", "/directory"): (303, 200, 200, 200),
    ("GET", "/invitations"): (303, 200, 200, 200),
    ("POST", "/invitations"): (303, 403, 303, 303),
    ("GET", "/invitations/new"): (303, 200, 200, 200),
    ("GET", "/invitations/{id}/letter"): (303, 404, 404, 404),
    ("POST", "/invitations/{id}/revoke"): (303, 403, 404, 404),
    ("GET", "/knowledge"): (303, 200, 200, 200),
    ("POST", "/knowledge/files"): (303, 403, 422, 422),
    ("GET", "/knowledge/new"): (303, 403, 200, 200),
    ("POST", "/knowledge/new"): (303, 403, 303, 303),
    ("POST", "/knowledge/preview"): (303, 200, 200, 200),
    ("GET", "/knowledge/{document_id}"): (303, 404, 404, 404),
    ("GET", "/knowledge/{document_id}/edit"): (303, 403, 404, 404),
    ("POST", "/knowledge/{document_id}/edit"): (303, 403, 404, 404),
    ("GET", "/knowledge/{document_id}/file"): (303, 404, 404, 404),
    ("POST", "/knowledge/{document_id}/replace"): (303, 403, 422, 422),
    ("POST", "/knowledge/{document_id}/restore"): (303, 403, 404, 404),
    ("GET", "/knowledge/{document_id}/versions/{number}"): (303, 404, 404, 404),
    ("POST", "/knowledge/{document_id}/versions/{number}/restore"): (303, 403, 404, 404),
    ("POST", "/knowledge/{document_id}/withdraw"): (303, 403, 404, 404),
    ("GET", "/logs"): (303, 200, 200, 200),
    ("POST", "/logs/machines"): (303, 403, 404, 404),
    ("POST", "/logs/restart"): (303, 403, 403, 303),
    ("GET", "/notices"): (303, 200, 200, 200),
    ("GET", "/notices/new"): (303, 403, 200, 200),
    ("POST", "/notices/new"): (303, 403, 303, 303),
    ("POST", "/notices/preview"): (303, 200, 200, 200),
    ("GET", "/notices/{notice_id}"): (303, 404, 404, 404),
    ("POST", "/notices/{notice_id}/discard"): (303, 403, 404, 404),
    ("GET", "/notices/{notice_id}/edit"): (303, 403, 404, 404),
    ("POST", "/notices/{notice_id}/edit"): (303, 403, 404, 404),
    ("GET", "/notices/{notice_id}/export.csv"): (303, 404, 404, 404),
    ("GET", "/notices/{notice_id}/export.xlsx"): (303, 404, 404, 404),
    ("POST", "/notices/{notice_id}/files"): (303, 403, 422, 422),
    ("GET", "/notices/{notice_id}/files/{sha256}"): (303, 404, 404, 404),
    ("POST", "/notices/{notice_id}/files/{sha256}/remove"): (303, 403, 404, 404),
    ("POST", "/notices/{notice_id}/remind"): (303, 403, 404, 404),
    ("POST", "/notices/{notice_id}/revoke"): (303, 403, 404, 404),
    ("POST", "/notices/{notice_id}/send"): (303, 403, 404, 404),
    ("GET", "/officers"): (303, 403, 403, 200),
    ("POST", "/officers"): (303, 403, 403, 303),
    ("POST", "/officers/{id}/disable"): (303, 403, 403, 404),
    ("POST", "/officers/{id}/enable"): (303, 403, 403, 404),
    ("POST", "/officers/{id}/reset-password"): (303, 403, 403, 404),
    ("POST", "/officers/{id}/reset-second-factor"): (303, 403, 403, 404),
    ("POST", "/officers/{id}/role"): (303, 403, 403, 404),
    ("GET", "/releases"): (303, 200, 200, 200),
    ("POST", "/releases/knowledge"): (303, 403, 303, 303),
    ("GET", "/releases/models"): (303, 200, 200, 200),
    ("POST", "/releases/models"): (303, 403, 404, 404),
    ("POST", "/releases/models/files"): (303, 403, 422, 422),
    ("POST", "/releases/models/files/{name}/remove"): (303, 403, 404, 404),
    ("GET", "/releases/{kind}/{version}"): (303, 404, 404, 404),
    ("POST", "/releases/{kind}/{version}/again"): (303, 403, 404, 404),
    ("POST", "/releases/{kind}/{version}/stop"): (303, 403, 404, 404),
    ("POST", "/releases/{kind}/{version}/to-all"): (303, 403, 404, 404),
    ("POST", "/releases/{kind}/{version}/withdraw"): (303, 403, 403, 404),
    ("GET", "/schools"): (303, 200, 200, 200),
    ("GET", "/schools/{id}"): (303, 200, 200, 200),
    ("POST", "/schools/{id}/place"): (303, 403, 303, 303),
    ("POST", "/schools/{id}/resume"): (303, 403, 422, 422),
    ("POST", "/schools/{id}/revoke"): (303, 403, 422, 422),
    ("POST", "/schools/{id}/suspend"): (303, 403, 422, 422),
    ("GET", "/system"): (303, 403, 403, 200),
}


def plain(canonical: str) -> str:
    """A route's path without the patterns of its parts."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", canonical)


def registered(province: Province) -> set[tuple[str, str]]:
    return {
        (route.method, plain(route.resource.canonical))
        for route in province.hub.console.router.routes()
        if route.resource is not None
        and route.method not in ("HEAD", "*")
        and not route.resource.canonical.startswith(SHARED)
    }


def address(path: str) -> str:
    """The path for a school that is there, and for everything else that is not."""
    school = HANBIT if "/schools/" in path else NOBODY
    for name in ("{notice_id}", "{document_id}", "{name}"):
        path = path.replace(name, NOBODY)
    path = path.replace("{kind}", "knowledge").replace("{version}", "1").replace("{number}", "1")
    return path.replace("{id}", school).replace("{sha256}", "0" * 64)


async def visit(browser: aiohttp.ClientSession, method: str, path: str) -> int:
    how: dict[str, Any] = {}
    if path.startswith("/api/"):
        how["headers"] = {"Accept": "application/json"}
    if method == "POST":
        how["json" if path.startswith("/api/") else "data"] = DATA.get(path, {})
    async with browser.request(method, address(path), allow_redirects=False, **how) as answer:
        return answer.status


async def test_every_route_stands_in_the_table(province: Province) -> None:
    assert registered(province) == set(TABLE)


async def test_each_role_gets_what_the_table_says(province: Province) -> None:
    await province.joined()
    visitors = [province.browser()]
    visitors += [await province.signed_in(role) for role in Role]
    for (method, path), expected in TABLE.items():
        got = tuple([await visit(browser, method, path) for browser in visitors])
        assert (method, path, got) == (method, path, expected)

"""OpenAPI 3.1, generated from the handlers' own types.

    @ROUTES.get("/api/v1/newsletters")
    @api(summary="Newsletters the asker may read", query=ListQuery, answer=list[Line])
    async def newsletters(request): ...

`describe` walks the application's routes, so what is served and what is described cannot differ.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from kit.web.problems import ProblemDocument

H = TypeVar("H", bound=Callable[[web.Request], Awaitable[web.StreamResponse]])

_MARK = "__madang_api__"
_REFERENCES = "#/components/schemas/{name}"


class Operation(msgspec.Struct, frozen=True):
    """What a handler takes and gives; types are msgspec structs or lists of them."""

    summary: str
    body: Any = None
    query: Any = None
    answer: Any = None
    status: int = 200
    public: bool = False
    content_type: str = "application/json"


def api(
    *,
    summary: str,
    body: Any = None,
    query: Any = None,
    answer: Any = None,
    status: int = 200,
    public: bool = False,
    content_type: str = "application/json",
) -> Callable[[H], H]:
    """Describe a handler of the JSON API. `public`: no session needed."""
    operation = Operation(summary, body, query, answer, status, public, content_type)

    def mark(handler: H) -> H:
        setattr(handler, _MARK, operation)
        return handler

    return mark


def describe(app: web.Application, title: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of every described route."""
    found: list[tuple[str, str, Operation]] = []
    for route in app.router.routes():
        operation = getattr(route.handler, _MARK, None)
        if not isinstance(operation, Operation) or route.resource is None:
            continue
        if route.method != "HEAD":
            found.append((route.resource.canonical, route.method.lower(), operation))
    kinds = [
        kind
        for _path, _method, operation in found
        for kind in (operation.body, operation.query, operation.answer)
        if kind is not None
    ]
    schemas, components = msgspec.json.schema_components(
        [*kinds, ProblemDocument], ref_template=_REFERENCES
    )
    of_kind = list(zip([*kinds, ProblemDocument], schemas, strict=True))
    paths: dict[str, Any] = {}
    for path, method, operation in sorted(found, key=lambda entry: entry[:2]):
        paths.setdefault(path, {})[method] = _describe(path, operation, of_kind, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _describe(
    path: str,
    operation: Operation,
    of_kind: list[tuple[Any, dict[str, Any]]],
    components: dict[str, Any],
) -> dict[str, Any]:
    def schema(kind: Any) -> dict[str, Any]:
        return next(found for known, found in of_kind if known is kind)

    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if operation.query is not None:
        fields = components[schema(operation.query)["$ref"].rsplit("/", 1)[1]]
        for name, field in fields["properties"].items():
            required = name in fields.get("required", [])
            parameters.append({"name": name, "in": "query", "required": required, "schema": field})
    answer: dict[str, Any] = {"description": "OK"}
    if operation.answer is not None:
        answer["content"] = {operation.content_type: {"schema": schema(operation.answer)}}
    problem = {
        "description": "Problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": schema(ProblemDocument)}},
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {str(operation.status): answer, "4XX": problem},
    }
    if not operation.public:
        described["security"] = [{"bearer": []}]
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema(operation.body)}},
        }
    return described


def json_response(value: Any, status: int = 200) -> web.Response:
    """A struct (or list of structs) as JSON that nobody caches."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )

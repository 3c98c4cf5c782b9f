"""The api listener's part of the schools: who the hub is, enrolment, new keys. Answers are signed."""

import re
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import hdrs, web

from hub.schools.enrolment import Asked, Enrolment, Origins
from hub.schools.rotation import Rotations
from hub.schools.service import Identity
from kit.clock import Clock
from kit.problem import Problem
from kit.web.openapi import api
from kit.web.problems import TooLarge, document
from protocol.enrolment import (
    ENROL_PATH,
    IDENTITY_PATH,
    EnrolmentGrant,
    EnrolmentRequest,
    HubIdentity,
)
from protocol.identity import KeyPair
from protocol.message import Message, encode
from protocol.rotation import KEYS_PATH, RotationGrant, RotationRequest
from protocol.signing import sign_response

ROUTES = web.RouteTableDef()
MAX_BODY = 64 * 1024
_SIGNATURE = re.compile(r"madang=:[A-Za-z0-9+/]{86}==:")


class Door(msgspec.Struct, frozen=True):
    """What the routes need."""

    enrolment: Enrolment
    rotations: Rotations
    identity: Identity
    origins: Origins
    keys: KeyPair
    clock: Clock


DOOR = web.AppKey("schools_door", Door)


@ROUTES.get(IDENTITY_PATH)
@api(summary="Who this hub is: keys, addresses, certificates", answer=HubIdentity, public=True)
async def identity(request: web.Request) -> web.Response:
    return _json(200, encode(request.app[DOOR].identity()))


@ROUTES.post(ENROL_PATH)
@api(
    summary="A school joins by its invitation; the same request again has the same answer",
    body=EnrolmentRequest,
    answer=EnrolmentGrant,
    public=True,
)
async def enrol(request: web.Request) -> web.Response:
    return await _answered(request, request.app[DOOR].enrolment.enrol)


@ROUTES.post(KEYS_PATH)
@api(
    summary="A school exchanges its keys; the same statement again has the same answer",
    body=RotationRequest,
    answer=RotationGrant,
    public=True,
)
async def rotate(request: web.Request) -> web.Response:
    return await _answered(request, request.app[DOOR].rotations.rotate)


async def _answered(
    request: web.Request, verb: Callable[[Asked], Awaitable[Message]]
) -> web.Response:
    """The verb's answer or refusal, signed."""
    door = request.app[DOOR]
    try:
        if (request.content_length or 0) > MAX_BODY:
            raise TooLarge()
        body = await request.read()
        url = door.origins.url(request.headers.get(hdrs.HOST, ""), request.raw_path)
        asked = Asked(request.method, url, request.headers, body, request.remote or "")
        grant = await verb(asked)
    except Problem as problem:
        return _signed(request, door, document(request, problem))
    return _signed(request, door, _json(200, encode(grant)))


def _json(status: int, body: bytes) -> web.Response:
    response = web.Response(status=status, body=body, content_type="application/json")
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def _signed(request: web.Request, door: Door, response: web.Response) -> web.Response:
    """The answer bound to the request's signature; unsigned where there is none to bind to."""
    given = request.headers.getall("Signature", [])
    if len(given) == 1 and _SIGNATURE.fullmatch(given[0]):
        assert isinstance(response.body, bytes)
        response.headers.update(
            sign_response(
                door.keys,
                status=response.status,
                body=response.body,
                request_signature=given[0],
                now=door.clock.now(),
            )
        )
    return response

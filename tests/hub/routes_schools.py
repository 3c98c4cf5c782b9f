"""Who gets what of schools and their invitations: all look, officers act."""

from tests.hub.conftest import SAESOL
from tests.hub.routes import NOTHING, RIGHTS, Route

ROUTES = (
    Route("GET", "/api/v1/invitations", (401, 200, 200, 200)),
    Route(
        "POST",
        "/api/v1/invitations",
        (401, 403, 201, 201),
        data={"school_id": SAESOL, "name": "새솔중학교", "kind": "middle", "days": 7},
        proof=RIGHTS,
    ),
    Route("POST", "/api/v1/invitations/{id}/revoke", (401, 403, 404, 404), proof=RIGHTS),
    Route("GET", "/api/v1/schools", (401, 200, 200, 200)),
    Route("GET", "/api/v1/schools/{id}", (401, 200, 200, 200)),
    Route("POST", "/api/v1/schools/{id}/resume", (401, 403, 422, 422), proof=RIGHTS),
    Route("POST", "/api/v1/schools/{id}/revoke", (401, 403, 422, 422), proof=RIGHTS),
    Route("POST", "/api/v1/schools/{id}/suspend", (401, 403, 422, 422), proof=RIGHTS),
    Route("GET", "/invitations", (303, 200, 200, 200)),
    Route(
        "POST",
        "/invitations",
        (303, 403, 303, 303),
        data={"school_id": SAESOL, "name": "새솔중학교", "kind": "middle"},
        proof=RIGHTS,
    ),
    Route("GET", "/invitations/new", (303, 200, 200, 200)),
    Route("GET", "/invitations/{id}/letter", (303, 404, 404, 404)),
    Route("POST", "/invitations/{id}/revoke", (303, 403, 404, 404), proof=RIGHTS),
    Route("GET", "/schools", (303, 200, 200, 200)),
    Route("GET", "/schools/{id}", (303, 200, 200, 200)),
    Route("POST", "/schools/{id}/place", (303, 403, 303, 303), proof=NOTHING),
    Route("POST", "/schools/{id}/resume", (303, 403, 422, 422), proof=RIGHTS),
    Route("POST", "/schools/{id}/revoke", (303, 403, 422, 422), proof=RIGHTS),
    Route("POST", "/schools/{id}/suspend", (303, 403, 422, 422), proof=RIGHTS),
)

UNTYPED = {
    "schools_key.signing": "an id or a key",
    "schools_key.sealing": "an id or a key",
    "schools_key.follows": "an id or a key",
    "schools_key.rotation": "an id or a key",
    "schools_invitation.secret_key": "an id or a key",
    "schools_certificate.serial": "an id or a key",
    "schools_school.ring": "a word or a sentence of ours",
    "schools_school.standing": "a word or a sentence of ours",
    "schools_key.ending": "a word or a sentence of ours",
    "schools_certificate.server_name": "letters and digits only",
    "schools_key.grant_text": "what was signed for a school, sent again as it is",
}

STAYS = {
    "schools_school": "as many as schools: pages of all of them, and sums over them",
}

WAITING = {
    "schools_invitation_open": "what waits to be done",
}

FROM_AN_END = {
    "hub.schools.store.invitations": "a page, the newest first",
    "hub.schools.spoken.by_day": "of a month",
    "hub.schools.spoken.forget": "the oldest days",
}

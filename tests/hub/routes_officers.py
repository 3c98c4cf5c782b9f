"""Who gets what of officers' accounts: administrators alone."""

from tests.hub.routes import RIGHTS, Route

ROUTES = (
    Route("GET", "/officers", (303, 403, 403, 200)),
    Route(
        "POST",
        "/officers",
        (303, 403, 403, 303),
        data={"login": "newcomer", "name": "새담당", "role": "viewer"},
        proof=RIGHTS,
    ),
    Route("POST", "/officers/{id}/disable", (303, 403, 403, 404), proof=RIGHTS),
    Route("POST", "/officers/{id}/enable", (303, 403, 403, 404), proof=RIGHTS),
    Route("POST", "/officers/{id}/reset-password", (303, 403, 403, 404), proof=RIGHTS),
    Route("POST", "/officers/{id}/reset-second-factor", (303, 403, 403, 404), proof=RIGHTS),
    Route(
        "POST", "/officers/{id}/role", (303, 403, 403, 404), data={"role": "viewer"}, proof=RIGHTS
    ),
)

UNTYPED = {
    "officers_officer.role": "a word or a sentence of ours",
}

STAYS = {
    "officers_officer": "jobs, settings, migrations, moves, officers",
}

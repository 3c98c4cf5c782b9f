"""Who gets what of the overview and the hub's own pages."""

from tests.hub.routes import Route

ROUTES = (
    Route("GET", "/", (303, 200, 200, 200)),
    Route("GET", "/api/v1/audit", (401, 403, 200, 200)),
    Route("GET", "/audit", (303, 403, 200, 200)),
    Route("GET", "/system", (303, 403, 403, 200)),
)

FROM_AN_END = {
    "hub.doctor_database._look": "the newest entry",
}

ON_REQUEST = {
    "hub.doctor_database._machines": "the doctor's question; alarms are rare",
}

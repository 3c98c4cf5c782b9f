"""The school's settings are the administrator's."""

from tests.node.routes import NUMBERS, RIGHTS, Route, only

ADMINISTRATOR = ("administrator",)
SCHOOL = {
    "telephone": "031-000-0101",
    "public_url": "http://hanbit.localhost:8711",
    "language": "ko",
    "quiet_from_hour": "21",
    "quiet_until_hour": "7",
}

ROUTES = (
    Route("GET", "/admin/settings", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route("POST", "/admin/settings", only(ADMINISTRATOR, 303), data=SCHOOL, proof=RIGHTS),
    Route(
        "POST",
        "/admin/settings/mail",
        only(ADMINISTRATOR, 303),
        data={"smtp_host": "", "smtp_port": "587", "smtp_security": "starttls"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/settings/trial",
        only(ADMINISTRATOR, 422),  # there is no mail server yet
        data={"address": "a@hanbit.test"},
        proof=RIGHTS,
    ),
)

HOLDS_NOBODY = "it has no table"

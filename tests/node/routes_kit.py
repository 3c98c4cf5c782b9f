"""Who gets what of the shared parts: static files, language, health, signing in."""

from kit.ids import new_id
from tests.node.conftest import School
from tests.node.routes import Route, everyone, public


def _static(school: School) -> str:
    from kit.web.page import SHELL

    return school.app[SHELL].static.url("css/tokens.css")


def _stranger(school: School) -> dict[str, str]:
    """Another login each time: one login may fail only so often."""
    return {"login": f"nobody{new_id()[:8]}", "password": "wrong"}


def _session(school: School) -> str:
    return "/account/sessions/00000000000000000000/end"


ROUTES = (
    Route("GET", "/static/{hash}/{path}", public(200), url=_static),
    Route("POST", "/language", public(303), data={"lang": "en"}),
    Route("GET", "/live", everyone(200), stream=True),
    Route("GET", "/healthz", public(200)),
    Route("GET", "/metrics", public(200)),
    Route("GET", "/api/openapi.json", public(200)),
    Route("GET", "/sign-in", everyone(303, anonymous=200)),
    Route("GET", "/sign-in/again", public(200)),
    Route("GET", "/sign-in/confirm", everyone(200)),
    Route("GET", "/sign-in/confirm/dialog", everyone(200)),
    Route("POST", "/sign-in/confirm", everyone(401, anonymous=303), data={"password": "wrong"}),
    Route(
        "POST",
        "/sign-in/confirm/passkey",
        everyone(401, anonymous=303),
        data={"id": "x", "credential": "{}"},
        json=True,
    ),
    Route("GET", "/session", public(200)),
    Route("GET", "/answers/{id}", public(404), url="/answers/x"),
    Route("POST", "/sign-in", public(401), data=_stranger),
    Route("POST", "/sign-out", public(303)),
    Route("POST", "/sign-in/passkey/options", public(200)),
    Route("POST", "/sign-in/passkey", public(401), data={"id": "x", "credential": "{}"}, json=True),
    Route("GET", "/account", everyone(200)),
    Route(
        "POST", "/account/password", everyone(401), data={"current": "x", "new": "longer-pass-1"}
    ),
    Route("GET", "/account/totp", everyone(200)),
    Route("POST", "/account/totp", everyone(401), data={"code": "000000"}),
    Route("POST", "/account/passkeys/options", everyone(200)),
    Route(
        "POST", "/account/passkeys", everyone(401), data={"id": "x", "credential": "{}"}, json=True
    ),
    Route("POST", "/account/passkeys/{id}/remove", everyone(404), url="/account/passkeys/x/remove"),
    Route("POST", "/account/sessions/{id}/end", everyone(404), url=_session),
    Route("POST", "/account/sessions/end-others", everyone(303)),
    Route(
        "POST",
        "/api/v1/session",
        public(401),
        data=_stranger,
        json=True,
    ),
)

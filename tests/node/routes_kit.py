"""Who gets what of the shared parts: static files, language, health, signing in."""

from kit.ids import new_id
from tests.node.conftest import School
from tests.node.routes import ENTRANCE, NOTHING, OWN, RIGHTS, Route, everyone, public


def _static(school: School) -> str:
    from kit.web.page import SHELL

    return school.app[SHELL].static.url("css/tokens.css")


def _stranger(school: School) -> dict[str, str]:
    """Another login each time: one login may fail only so often."""
    return {"login": f"nobody{new_id()[:8]}", "password": "wrong"}


def _session(school: School) -> str:
    return "/account/sessions/00000000000000000000/end"


ROUTES = (
    Route(
        "GET",
        "/static/{hash}/{path}",
        public(200),
        url=_static,
        nobody=ENTRANCE,
        unmet="nobody types into it",
    ),
    Route("POST", "/language", public(303), data={"lang": "en"}, proof=NOTHING),
    Route("GET", "/live", everyone(200), stream=True, nobody=OWN, piece="a stream of events"),
    Route("GET", "/healthz", public(200), nobody=ENTRANCE, piece="one line for machines"),
    Route("GET", "/metrics", public(200), nobody=ENTRANCE, piece="numbers for machines"),
    Route("GET", "/api/openapi.json", public(200), nobody=ENTRANCE),
    Route(
        "GET",
        "/sign-in",
        everyone(303, anonymous=200),
        nobody=ENTRANCE,
        walked={"visitor": "/sign-in"},
    ),
    Route("GET", "/sign-in/again", public(200), nobody=ENTRANCE, piece="a piece for a dialog"),
    Route(
        "GET",
        "/sign-in/confirm",
        everyone(200),
        nobody=ENTRANCE,
        walked={"guardian": "/sign-in/confirm"},
    ),
    Route(
        "GET",
        "/sign-in/confirm/dialog",
        everyone(200),
        nobody=ENTRANCE,
        piece="a piece for a dialog",
    ),
    Route(
        "POST",
        "/sign-in/confirm",
        everyone(401, anonymous=303),
        data={"password": "wrong"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/sign-in/confirm/passkey",
        everyone(401, anonymous=303),
        data={"id": "x", "credential": "{}"},
        json=True,
        proof=NOTHING,
    ),
    Route("GET", "/session", public(200), nobody=ENTRANCE, piece="one line for scripts"),
    Route(
        "GET",
        "/answers/{id}",
        public(404),
        url="/answers/x",
        nobody=OWN,
        piece="a page again that a form was answered with",
    ),
    Route("POST", "/sign-in", public(401), data=_stranger, proof=NOTHING),
    Route(
        "GET",
        "/sign-in/code",
        public(303),
        nobody=ENTRANCE,
        piece="the second half of the way in: leads to the first without a password given",
        unmet="it asks for a code and shows nothing that somebody typed",
    ),
    Route("POST", "/sign-in/code", public(303), data={"code": "000000"}, proof=NOTHING),
    Route("POST", "/sign-out", public(303), proof=NOTHING),
    Route("POST", "/sign-in/passkey/options", public(200), proof=NOTHING),
    Route(
        "POST",
        "/sign-in/passkey",
        public(401),
        data={"id": "x", "credential": "{}"},
        json=True,
        proof=NOTHING,
    ),
    Route("GET", "/account", everyone(200), nobody=OWN),
    Route(
        "POST",
        "/account/password",
        everyone(401),
        data={"current": "x", "new": "longer-pass-1"},
        proof=NOTHING,
    ),
    Route("GET", "/account/totp", everyone(200), proof=RIGHTS, nobody=OWN),
    Route("POST", "/account/totp", everyone(401), data={"code": "000000"}, proof=RIGHTS),
    Route("POST", "/account/passkeys/options", everyone(200), proof=RIGHTS),
    Route(
        "POST",
        "/account/passkeys",
        everyone(401),
        data={"id": "x", "credential": "{}"},
        json=True,
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/account/passkeys/{id}/remove",
        everyone(404),
        url="/account/passkeys/x/remove",
        proof=RIGHTS,
    ),
    Route("POST", "/account/sessions/{id}/end", everyone(404), url=_session, proof=NOTHING),
    Route("POST", "/account/sessions/end-others", everyone(303), proof=NOTHING),
    Route("POST", "/api/v1/session", public(401), data=_stranger, json=True, proof=NOTHING),
)

UNTYPED = {
    "signin_app_password.door": "a word or a sentence of ours",
    "signin_passkey.public_key": "a digest, a secret, a signature or what is signed with",
    "signin_challenge.challenge": "a digest, a secret, a signature or what is signed with",
    "signin_account.totp_secret": "a digest, a secret, a signature or what is signed with",
    "signin_account.totp_pending": "a digest, a secret, a signature or what is signed with",
    "kit_audit.action": "a word or a sentence of ours",
    "kit_event.tag": "a word or a sentence of ours",
    "kit_migration.slice": "a word or a sentence of ours",
    "kit_migration.name": "a word or a sentence of ours",
    "kit_meta.name": "a word or a sentence of ours",
    "kit_meta.value": "a word or a sentence of ours",
    "kit_subscription.name": "a word or a sentence of ours",
    "kit_subscription.position": "a word or a sentence of ours",
    "kit_job.name": "a word or a sentence of ours",
    "kit_job.title": "a word or a sentence of ours",
    "kit_move.name": "a word or a sentence of ours",
    "kit_move.position": "a word or a sentence of ours",
    "signin_account.login": "letters and digits only",
    "signin_attempt.scope": "a login as a digest",
    "kit_verified.name": "how far a log was verified",
    "kit_verified.mark": "how far a log was verified",
    "kit_verified.again_mark": "how far a log was verified",
}

STAYS = {
    "kit_job": "jobs, subscribers, settings, migrations, moves",
    "kit_meta": "jobs, subscribers, settings, migrations, moves",
    "kit_migration": "jobs, subscribers, settings, migrations, moves",
    "kit_move": "jobs, subscribers, settings, migrations, moves",
    "kit_subscription": "jobs, subscribers, settings, migrations, moves",
    "signin_attempt": "what waits and goes",
    "signin_challenge": "what waits and goes",
}

FROM_AN_END = {
    "kit.audit.head": "the newest entry",
    "kit.audit.latest": "a page, the newest first",
    "kit.audit._rows_behind": "a batch of the nightly check",
    "kit.audit._is_begun": "the newest entry; further only in a log that has no chain yet",
    "kit.outbox.Outbox._remove": "a batch of what everybody has heard, and goes",
    "kit.outbox.Outbox._advance": "a batch behind the subscriber",
}

AT_NIGHT = {
    "kit.signin.store.forget_expired": "sessions that are over",
}

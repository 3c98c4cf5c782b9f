"""Who gets what of the shared parts; most stand in the node's table of them."""

from tests.hub.routes import NOTHING, Route

ROUTES = (
    Route("GET", "/api/openapi.json", (200, 200, 200, 200)),
    Route("POST", "/api/v1/session", (422, 422, 422, 422), proof=NOTHING),
)

UNTYPED = {
    "signin_account.totp_secret": "a digest, a secret or a signature",
    "signin_account.totp_pending": "a digest, a secret or a signature",
    "signin_app_password.door": "empty, for the hub has no door for programs",
    "signin_app_password.name": "empty, for the hub has no door for programs",
    "signin_passkey.public_key": "a digest, a secret or a signature",
    "signin_challenge.challenge": "a digest, a secret or a signature",
    "kit_migration.slice": "a word or a sentence of ours",
    "kit_migration.name": "a word or a sentence of ours",
    "kit_meta.name": "a word or a sentence of ours",
    "kit_meta.value": "a word or a sentence of ours",
    "kit_event.tag": "a word or a sentence of ours",
    "kit_event.body": "a word or a sentence of ours",
    "kit_subscription.name": "a word or a sentence of ours",
    "kit_subscription.position": "a word or a sentence of ours",
    "kit_job.name": "a word or a sentence of ours",
    "kit_job.title": "a word or a sentence of ours",
    "kit_audit.action": "a word or a sentence of ours",
    "kit_move.name": "a word or a sentence of ours",
    "kit_move.position": "a word or a sentence of ours",
    "kit_verified.name": "how far something got",
    "kit_verified.mark": "how far something got",
    "kit_verified.again_mark": "how far something got",
    "signin_account.login": "letters and digits only",
    "signin_attempt.scope": "a login as a digest",
    "kit_subscription.last_error": "empty, for this hub has no subscriber",
}

STAYS = {
    "kit_job": "jobs, settings, migrations, moves, officers",
    "kit_meta": "jobs, settings, migrations, moves, officers",
    "kit_migration": "jobs, settings, migrations, moves, officers",
    "kit_move": "jobs, settings, migrations, moves, officers",
}

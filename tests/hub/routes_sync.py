"""Who gets what of the watch over logs: all look, administrators begin anew."""

from tests.hub.conftest import HANBIT
from tests.hub.routes import RIGHTS, Route

ROUTES = (
    Route("GET", "/logs", (303, 200, 200, 200)),
    Route("POST", "/logs/machines", (303, 403, 404, 404), data={"school_id": HANBIT}, proof=RIGHTS),
    Route("POST", "/logs/restart", (303, 403, 403, 303), data={"school_id": HANBIT}, proof=RIGHTS),
)

UNTYPED = {
    "sync_log.head": "a digest, a secret or a signature",
    "sync_log.root": "a digest, a secret or a signature",
    "sync_log.witness": "a digest, a secret or a signature",
    "sync_fork.seen": "a digest, a secret or a signature",
    "sync_fork.given": "a digest, a secret or a signature",
    "sync_fork.proof": "a digest, a secret or a signature",
    "sync_fork.root": "a digest, a secret or a signature",
    "sync_fork.code": "a word or a sentence of ours",
    "sync_fork.message": "a word or a sentence of ours",
    "sync_alarm.sign": "a word or a sentence of ours",
    "sync_contact.address": "where a connection comes from",
    "sync_change.address": "where a connection comes from",
}

FROM_AN_END = {
    "hub.sync.store.forks": "a page, the newest first; forks are rare",
    "hub.sync.store.open_forks": "forks are rare",
    "hub.sync.store.alarms": "a page, the newest first; alarms are rare",
    "hub.sync.store.open_alarms": "alarms are rare",
}

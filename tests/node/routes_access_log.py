"""What the access log tells the gatekeepers: its pages are the privacy officer's."""

from tests.node.routes import Route

ROUTES: tuple[Route, ...] = ()

UNTYPED = {
    "access_log_entry.persons": "an id, or the ids and keys of several",
    "access_log_entry.what": "a word or a sentence of ours",
    "access_log_entry.address": "where a connection comes from",
}

STAYS = {
    "access_log_state": "one row",
}

WAITING = {
    "access_log_entry_odd": "of the few that are so",
}

FROM_AN_END = {
    "node.access_log.store.entries": "a page, the newest first",
    "node.access_log.store.following": "a batch of the nightly check",
}

ON_REQUEST = {
    "node.access_log.store.count": "the entries of a month, for its review",
}

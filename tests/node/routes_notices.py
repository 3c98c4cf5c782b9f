"""Everybody reads what they were told, and nobody what others were."""

from tests.node.routes import OWN, Route, everyone

ROUTES = (Route("GET", "/notifications", everyone(200), nobody=OWN),)

UNTYPED = {
    "notices_line.children": "an id, or the ids and keys of several",
    "notices_mail.children": "an id, or the ids and keys of several",
    "notices_access.what": "a word or a sentence of ours",
}

WAITING = {
    "notices_mail_waiting": "what waits to be done",
}

AT_NIGHT = {
    "node.notices.mail_store.forget_closed": "a batch of what came first",
}

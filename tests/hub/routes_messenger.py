"""What the list of messengers tells the gatekeepers: it has no page of its own."""

from tests.hub.routes import Route

ROUTES: tuple[Route, ...] = ()

UNTYPED = {
    "messenger_server.server_name": "letters and digits only",
    "messenger_server.address": "letters and digits only",
}

STAYS = {
    "messenger_server": "as many as schools: pages of all of them, and sums over them",
}

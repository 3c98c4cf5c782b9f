"""What the list of messengers tells the gatekeepers: it has no page of its own, and says to everybody
where a school's messenger is."""

from tests.hub.routes import Route

ROUTES: tuple[Route, ...] = (
    Route(
        "GET",
        "/.well-known/matrix/client",
        (404, 404, 404, 404),  # of no school's name
        piece="an answer for programs",
    ),
)

UNTYPED = {
    "messenger_server.server_name": "letters and digits only",
    "messenger_server.address": "letters and digits only",
    "messenger_portal.portal": "letters and digits only",
}

STAYS = {
    "messenger_portal": "as many as schools: pages of all of them, and sums over them",
    "messenger_server": "as many as schools: pages of all of them, and sums over them",
}

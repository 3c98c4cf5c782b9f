"""The calendar joins the server."""

from node.calendar.service import Calendar
from node.ground import Ground
from node.slice import Slice


def join(_ground: Ground) -> tuple[Calendar, Slice]:
    return Calendar(), Slice(package="node.calendar")

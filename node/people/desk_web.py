"""Pages of those who keep the school's lists: people, classes, groups, invitations, import."""

from aiohttp import web

ROUTES = web.RouteTableDef()

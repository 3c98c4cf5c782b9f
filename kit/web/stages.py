"""The order in which a request passes what is put around pages, by name."""

import enum


class Stage(enum.IntEnum):
    """Within a stage, the slices' order. A request passes the smallest first."""

    PROXY = 0  # whose request it is, as the reverse proxy in front says
    OUTER = 1  # what is passed on to another process, before anything looks into it
    PROTOCOL = 2  # kit's own: counting, errors, forgery, session, unsent words, answers
    PAGE = 3  # who asks, as the server knows them

"""What a server that runs for months and holds thousands of connections asks of Python itself.

    runtime.prepare()     # before anything listens
    …
    runtime.settled()     # once all that stays for good is loaded

Python looks through all objects now and then for those that refer to each other in circles; everybody
waits meanwhile: 200 to 400 ms with 4,700 connections. What was loaded at the start is never looked at
again, young objects are looked at in portions of some milliseconds, and all of them so rarely that
it does not happen in the course of a day; what is in no circle goes at once, as ever.

A thread that computes gives way to others as soon as they have waited for a turn. Python lets them
wait 5 ms, each time, and one who saves needs twenty turns: while a list of 1,500 was read beside them,
a draft's INSERT of 0.4 ms of processor took 30, and a save waited 120.

asyncio keeps 256 KiB for each TLS connection, whatever it carries: 1.2 GB of 4,700 schools that wait.
"""

import gc
import sys
from asyncio import sslproto

YOUNG = 5_000  # new objects until they are looked through: a millisecond
MIDDLE = 10  # such rounds until their survivors are, some milliseconds
OLD = 1_000  # of those until all are
TLS_BUFFER = 32 * 1024  # bytes: two records of the largest size
TURN_S = 0.0005  # until a thread that computes gives way


def prepare() -> None:
    """Settings of this process; before the first connection."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    sys.setswitchinterval(TURN_S)
    sslproto.SSLProtocol.max_size = TLS_BUFFER


def settled() -> None:
    """What is loaded now stays for good."""
    gc.collect()
    gc.freeze()

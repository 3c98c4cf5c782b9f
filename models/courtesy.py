"""Pages come before answers: the model rests while the process it works for has its hands full.

A priority alone does not do it. Whoever shares a core's caches and memory with a model runs slower
(measured: a page costs 40 % more processor time), however readily the model leaves the core. So the
writing thread looks at what the server used of a core, and while that is much it works a small
share of the time only: enough for an answer to go on, too little to be felt.
"""

import ctypes
import time

LOOK_S = 0.05  # between two looks at the server; what counts is its share in that time
BUSY = 0.15  # of a core; 300 home pages a second were measured to use 0.11
STINT_S = 0.004  # of work between two rests
REST_S = 0.05  # a stint ends with its step, of up to 15 ms: about an eighth of the time is work


class Courtesy:
    """How busy a server is, and the rest its model takes then. For one thread."""

    def __init__(self, server: int) -> None:
        """`server`: its process id. Raises ProcessLookupError."""
        clock = ctypes.c_int()
        if ctypes.CDLL(None).clock_getcpuclockid(ctypes.c_int(server), ctypes.byref(clock)):
            raise ProcessLookupError(server)
        self._clock = clock.value
        self._looked = time.monotonic()
        self._used = time.clock_gettime(self._clock)
        self._busy = False
        self._rested = self._looked

    @property
    def is_due(self) -> bool:
        """Whether the server was busy when last looked at."""
        return self._busy

    def rest(self) -> None:
        """Called between steps of work, thousands of times a second: sleeps when it is time to."""
        now = time.monotonic()
        if now - self._looked >= LOOK_S:
            self._look(now)
        if self._busy and now - self._rested >= STINT_S:
            time.sleep(REST_S)
            self._rested = time.monotonic()

    def _look(self, now: float) -> None:
        try:
            used = time.clock_gettime(self._clock)
        except OSError:  # the server has gone; whoever started the worker ends it too
            used = self._used
        self._busy = (used - self._used) / (now - self._looked) > BUSY
        self._looked, self._used = now, used

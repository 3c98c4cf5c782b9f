"""What a process allows itself before it touches anything heavy or strange."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1


def bind(*, memory: int, cpu_seconds: int, file_size: int) -> None:
    """Bound address space (bytes), CPU time and written files (bytes); yield to pages; no core.

    The process also dies with the one that started it.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

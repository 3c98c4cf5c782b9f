"""What a full disk says."""

import errno

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # EFBIG: the process may not write more


def is_full(error: OSError) -> bool:
    """Whether there was no room, rather than something broken."""
    return error.errno in _FULL

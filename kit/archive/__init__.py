"""Backups: copied while the server writes on, packed, read back, and unpacked again.

    model       what an archive says of itself, and what can go wrong
    snapshot    SQLite copied as it was at one moment
    room        the disk that a backup may fill, and its turn
    container   the file: entries one after the other, each byte accounted for
    depot       files by hash beside the archives, stored once
    packing     an archive made
    reading     an archive verified, restored, handed out whole

An archive holds keys: it has mode 0600. It names every file of its server by hash. What never
changes and may be many gigabytes (the content of files) lies beside the archives of every night,
once, in the depot; an archive that somebody asked for by name holds it itself.
"""

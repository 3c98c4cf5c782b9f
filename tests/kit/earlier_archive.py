"""An archive as earlier releases wrote it: a tar within gzip that holds every file itself."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import msgspec

from kit.archive.model import Listing


def write_earlier(place: Path, listing: Listing, files: dict[str, Path]) -> Path:
    """Write the files, by their names in the archive, in format 1; `place`."""
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    said = {
        field: getattr(listing, field) for field in ("server", "id", "name", "database", "made_at")
    }
    text = msgspec.json.encode({"format": 1, **said, "files": digests})
    place.parent.mkdir(parents=True, exist_ok=True)
    with (
        gzip.GzipFile(place, "wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        first = tarfile.TarInfo("madang-backup.json")
        first.size = len(text)
        first.mode = 0o600
        archive.addfile(first, io.BytesIO(text))
        for name, path in files.items():
            archive.add(path, arcname=name, recursive=False)
    return place

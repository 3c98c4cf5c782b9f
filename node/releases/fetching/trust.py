"""What may be believed of a release: its manifest, verified through TUF from the first root on.

python-tuf is synchronous and made for one refresh: `manifest` is called in a thread. Only the small
manifest comes this way; the chunks it names are fetched and verified by `fetching`.
"""

import hashlib
import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from kit.durable import write_durably
from node.releases.fetching.line import AnswerTooLong, FileLine
from node.releases.model import Away, Code, Refused, ReleaseSource
from protocol.chunks import (
    LARGEST_MANIFEST,
    LARGEST_RELEASE,
    TUF_PATH,
    Manifest,
    ReleaseKind,
    read_manifest,
    target_path,
)
from protocol.errors import ProtocolError
from protocol.message import decode

LARGEST_ROOT = 512_000
FIRST_ROOT = "first.root.json"


class Fetcher(FetcherInterface):
    """Lets python-tuf fetch over our line, so over TLS that the provincial CA certified."""

    def __init__(self, line: FileLine) -> None:
        self._line = line

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            # What one role may hold at most, its caller checks; here only that it ends.
            yield bytes(self._line.get(url, LARGEST_MANIFEST))
        except Away as error:
            if error.status:
                raise DownloadHTTPError(str(error), error.status) from error
            raise DownloadError(str(error)) from error
        except AnswerTooLong as error:
            raise DownloadLengthMismatchError(str(error)) from error


def tls_of(province: ReleaseSource) -> ssl.SSLContext | None:
    """TLS that accepts certificates of the provincial CA, and at a mirror those of public ones; None
    for a plain address (a mirror on the school's own machine): what comes is verified in any case.

    A school that has no first root yet asks for it once: only what the provincial CA certified.
    """
    if not province.url.startswith("https:"):
        return None
    if province.is_mirror and province.root:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata="\n".join(province.ca_chain_pem))
    return context


class Trust:
    """The metadata that this school has seen of one province. Its methods block.

    A school that joins another province begins anew: each has its own folder.
    """

    def __init__(self, folder: Path, province: ReleaseSource, line: FileLine) -> None:
        anchor = province.root or "\n".join((province.url, *province.ca_chain_pem))
        self._folder = folder / hashlib.sha256(anchor.encode()).hexdigest()[:16]
        self._province = province
        self._line = line

    def _first_root(self) -> bytes:
        """The root that trust begins with: from the enrolment, or asked for once and then kept."""
        kept = self._folder / FIRST_ROOT
        if self._province.root:
            return self._province.root.encode()
        if kept.exists():
            return kept.read_bytes()
        return bytes(self._line.get(f"{TUF_PATH}1.root.json", LARGEST_ROOT))

    def _keep_first_root(self, root: bytes) -> None:
        kept = self._folder / FIRST_ROOT
        if self._province.root or kept.exists():
            return
        write_durably(kept, root)

    def manifest(self, kind: ReleaseKind, version: int, now: int) -> tuple[Manifest, bytes]:
        """The verified manifest of a release, and its bytes. Raises Refused, Away.

        `now` (ms) decides what has expired: the latest moment ever seen, so that a clock set back
        revives nothing.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        raw = self._verified(kind, version, now)
        try:
            manifest = read_manifest(raw, kind, version)
        except ProtocolError as error:
            raise Refused(_too_large(raw, kind), str(error)) from error
        if manifest.expires_at is not None and manifest.expires_at <= now:
            raise Refused(Code.EXPIRED, "the release itself has expired")
        return manifest, raw

    def _verified(self, kind: ReleaseKind, version: int, now: int) -> bytes:
        path = target_path(kind, version)
        try:
            root = self._first_root()
            updater = Updater(
                metadata_dir=str(self._folder),
                metadata_base_url=TUF_PATH,
                target_base_url=f"{TUF_PATH}targets/",
                fetcher=Fetcher(self._line),
                config=UpdaterConfig(prefix_targets_with_hash=False),
                bootstrap=root,
            )
            self._keep_first_root(root)
            # The only way to tell python-tuf what time it is; tests notice if it goes away.
            trusted = updater._trusted_set  # noqa: SLF001
            trusted.reference_time = datetime.fromtimestamp(now / 1000, UTC)
            updater.refresh()
            target = updater.get_targetinfo(path)
            if target is None:
                raise Refused(Code.UNTRUSTED, f"nobody who may signed {path}")
            if target.length > LARGEST_MANIFEST:
                raise Refused(Code.OVERSIZED, f"a manifest of {target.length} bytes")
            with tempfile.NamedTemporaryFile(dir=self._folder) as place:
                updater.download_target(target, place.name)
                return Path(place.name).read_bytes()
        except (DownloadLengthMismatchError, AnswerTooLong) as error:
            raise Refused(Code.OVERSIZED, str(error)) from error
        except DownloadError as error:
            raise Away(str(error)) from error
        except ExpiredMetadataError as error:
            raise Refused(Code.EXPIRED, str(error)) from error
        except BadVersionNumberError as error:
            raise Refused(Code.OLDER, str(error)) from error
        except LengthOrHashMismatchError as error:
            raise Refused(Code.CORRUPTED, str(error)) from error
        except (RepositoryError, ValueError) as error:
            raise Refused(Code.UNTRUSTED, str(error)) from error


def _too_large(raw: bytes, kind: ReleaseKind) -> Code:
    """Whether a manifest that cannot be followed is right but for its size."""
    try:
        size = decode(raw, Manifest).size
    except ProtocolError:
        return Code.MALFORMED
    return Code.OVERSIZED if size > LARGEST_RELEASE[kind] else Code.MALFORMED

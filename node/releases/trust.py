"""What may be believed of a release: its manifest, verified through TUF from the first root on.

python-tuf is synchronous and made for one refresh: `manifest` is called in a thread. Only the small
manifest comes this way; the chunks it names are fetched and verified by `fetching.py`.
"""

import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import urllib3
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

from node.releases.model import Code, Province, Refused
from protocol.chunks import (
    LARGEST_MANIFEST,
    TUF_PATH,
    Manifest,
    ReleaseKind,
    read_manifest,
    target_path,
)
from protocol.errors import MalformedMessage

SLOWEST_S = 30.0
BLOCK = 64 * 1024
LARGEST_ROOT = 512_000


class Away(Exception):
    """The hub cannot be reached now; nothing is known against the release."""


class Fetcher(FetcherInterface):
    """Fetches metadata over TLS that the provincial CA certified."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._pool = urllib3.PoolManager(
            ssl_context=tls,
            timeout=urllib3.Timeout(connect=10, read=SLOWEST_S),
            retries=False,
        )

    def _fetch(self, url: str) -> Iterator[bytes]:
        answer = self._pool.request("GET", url, preload_content=False, redirect=False)
        if answer.status != 200:
            answer.release_conn()
            raise DownloadHTTPError(f"{url}: {answer.status}", answer.status)
        return self._blocks(answer)

    def _blocks(self, answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        try:
            yield from answer.stream(BLOCK)
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(str(error)) from error
        finally:
            answer.release_conn()


def tls_of(province: Province) -> ssl.SSLContext | None:
    """TLS that accepts certificates of the provincial CA only; None for a plain address (a mirror
    on the school's own machine): what comes is verified in any case."""
    if not province.url.startswith("https:"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata="\n".join(province.ca_chain_pem))
    return context


def first_root(province: Province, kept: Path) -> bytes:
    """The root that trust begins with: from the enrolment, or asked for once and then kept.

    Raises Away.
    """
    if kept.exists():
        return kept.read_bytes()
    if province.root:
        root = province.root.encode()
    else:
        try:
            blocks = Fetcher(tls_of(province)).fetch(f"{province.url}{TUF_PATH}1.root.json")
            root = _bounded(blocks, LARGEST_ROOT)
        except DownloadError as error:
            raise Away(str(error)) from error
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(root)
    return root


def _bounded(blocks: Iterator[bytes], limit: int) -> bytes:
    content = b""
    for block in blocks:
        content += block
        if len(content) > limit:
            raise Refused(Code.OVERSIZED, "the first root is too long")
    return content


def manifest(
    province: Province, metadata: Path, kind: ReleaseKind, version: int
) -> tuple[Manifest, bytes]:
    """The verified manifest of a release, and its bytes. Raises Refused, Away."""
    root = first_root(province, metadata / "first.root.json")
    state = metadata / "state"
    state.mkdir(parents=True, exist_ok=True)
    base = f"{province.url}{TUF_PATH}"
    try:
        updater = Updater(
            metadata_dir=str(state),
            metadata_base_url=base,
            target_base_url=f"{base}targets/",
            fetcher=Fetcher(tls_of(province)),
            config=UpdaterConfig(prefix_targets_with_hash=False),
            bootstrap=root,
        )
        updater.refresh()
        path = target_path(kind, version)
        target = updater.get_targetinfo(path)
        if target is None:
            raise Refused(Code.UNTRUSTED, f"nobody who may signed {path}")
        if target.length > LARGEST_MANIFEST:
            raise Refused(Code.OVERSIZED, f"a manifest of {target.length} bytes")
        with tempfile.NamedTemporaryFile(dir=metadata) as place:
            updater.download_target(target, place.name)
            content = Path(place.name).read_bytes()
    except DownloadLengthMismatchError as error:
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
    try:
        return read_manifest(content, kind, version), content
    except MalformedMessage as error:
        raise Refused(Code.MALFORMED, str(error)) from error

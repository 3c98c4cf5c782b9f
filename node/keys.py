"""The node's private keys on disk, each file readable by its owner only.

`node.key` (64 bytes) is the pair in force, `tls.key` the key of its certificate. While an exchange of
keys is under way `next.key` and `next-tls.key` lie beside them. Which pair is in force the database says
(`ledger_key`); the files follow it: whatever ended the program between the two, `settle` at the next
start puts the next pair in the place of the old one, which is then gone.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.db import outside_units
from kit.durable import settle_folder, write_secret
from kit.i18n import _
from kit.problem import Problem
from protocol.errors import InvalidKey
from protocol.identity import KeyPair

NAME = "node.key"
NEXT = "next.key"
TLS = "tls.key"
NEXT_TLS = "next-tls.key"
INVITATIONS = "invitations.key"


class KeysDoNotFit(Problem):
    """No file holds the pair that the database says is in force."""

    code = "keys-do-not-fit"
    status = 500
    text = _(
        "키 파일이 데이터베이스와 맞지 않습니다. keys 폴더와 데이터베이스를 같은 백업에서 "
        "복원하세요."
    )


class Keyring:
    """The pairs of one node. Any process may use it beside others."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError, InvalidKey."""
        self._folder = folder
        self.first = node_keys(folder)
        """The pair of `node.key` when the program started."""
        self._pairs: dict[str, KeyPair] = {self.first.key_id: self.first}

    def pair(self, key_id: str) -> KeyPair:
        """The pair of a key id. Raises KeysDoNotFit.

        The files are read when another process has exchanged the keys: once in years.
        """
        if key_id not in self._pairs:
            for name in (NAME, NEXT):
                self._look(name)
        if key_id not in self._pairs:
            raise KeysDoNotFit()
        return self._pairs[key_id]

    def _look(self, name: str) -> KeyPair | None:
        with contextlib.suppress(FileNotFoundError, InvalidKey):
            pair = KeyPair.from_bytes((self._folder / name).read_bytes())
            self._pairs[pair.key_id] = pair
            return pair
        return None

    def invitation_secret(self) -> bytes:
        """What the codes of printed invitations are made of: drawn from the node's first key, and
        kept when that is exchanged, so that letters that are under way stay good."""
        kept = self._folder / INVITATIONS
        return kept.read_bytes() if kept.exists() else _invitation_secret(self.first)

    # Exchanging -------------------------------------------------------------------------------

    @outside_units
    def make_next(self) -> KeyPair:
        """The pair that is to follow: made once, found again however often it is asked for."""
        _keep_secret(self._folder / INVITATIONS, _invitation_secret(self.first))
        _keep_secret(self._folder / NEXT, KeyPair.generate().to_bytes())
        pair = self._look(NEXT)
        assert pair is not None
        return pair

    @outside_units
    def discard_next(self) -> None:
        """The pair that was to follow cannot; another is made."""
        for name in (NEXT, NEXT_TLS):
            (self._folder / name).unlink(missing_ok=True)

    @outside_units
    def certificate_request(self, name: str, *, following: bool = False) -> str:
        """A request for this node's certificate (PEM), or for that of the pair that is to follow;
        its P-256 key is made once. Raises ValueError when its file holds another kind of key."""
        place = self._folder / (NEXT_TLS if following else TLS)
        fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _keep_secret(place, fresh)
        key = serialization.load_pem_private_key(place.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{place} holds no P-256 key")
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    @outside_units
    def settle(self, in_force: str) -> None:
        """Have the pair of this key id in `node.key`. Raises KeysDoNotFit."""
        with locked(self._folder, fcntl.LOCK_EX):
            self.place(in_force)

    @outside_units
    def place(self, in_force: str) -> None:
        """The same for whoever holds the lock."""
        if node_keys(self._folder).key_id == in_force:
            return
        following = self._look(NEXT)
        if following is None or following.key_id != in_force:
            raise KeysDoNotFit()
        with contextlib.suppress(FileNotFoundError):  # placed before the program was ended here
            os.replace(self._folder / NEXT_TLS, self._folder / TLS)
        os.replace(self._folder / NEXT, self._folder / NAME)
        settle_folder(self._folder)
        self.first = following
        self._pairs = {following.key_id: following}

    @outside_units
    def lock(self) -> int:
        """Wait until nobody else exchanges or copies the keys; hand it to `unlock`."""
        return _lock(self._folder, fcntl.LOCK_EX)

    def unlock(self, held: int) -> None:
        os.close(held)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody exchanges the keys meanwhile: database and key files can be copied one after the other."""
    with locked(folder, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = _lock(folder, how)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path, how: int) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _keep_secret(place: Path, content: bytes) -> None:
    """A secret file; one that is there stays as it is."""
    if not place.exists():
        with contextlib.suppress(FileExistsError):  # another process was faster: its key counts
            write_secret(place, content)


def _invitation_secret(keys: KeyPair) -> bytes:
    return hashlib.blake2b(b"madang:invitation", key=keys.signing_seed).digest()


def make_keys(folder: Path) -> KeyPair:
    """Make the pair of a new node. Raises FileExistsError where there is one."""
    write_secret(folder / NAME, KeyPair.generate().to_bytes())
    return node_keys(folder)


def node_keys(folder: Path) -> KeyPair:
    """The pair of `node.key`. Raises FileNotFoundError, InvalidKey."""
    return KeyPair.from_bytes((folder / NAME).read_bytes())

"""The metadata of The Update Framework: who signs what, in which version, until when.

Six roles, each with its own Ed25519 key: root, timestamp, snapshot, targets, and the delegated
`knowledge` and `model`, which may sign targets below `knowledge/` and `model/` only. All but root
are numbered by the time of signing (seconds), so that a hub restored from a backup never publishes
a version lower than one that a school has seen.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from kit.clock import DAY, Clock, from_datetime
from kit.durable import write_durably, write_secret
from protocol.chunks import KINDS

log = logging.getLogger(__name__)

TOP = ("root", "targets", "snapshot", "timestamp")
ROLES = ("root", "targets", *KINDS, "snapshot", "timestamp")
LIVES = {
    "root": 1095 * DAY,
    "targets": 400 * DAY,
    "knowledge": 400 * DAY,
    "model": 400 * DAY,
    "snapshot": 60 * DAY,
    "timestamp": 14 * DAY,
}
RENEWED_WITH_LEFT = {role: life // 2 for role, life in LIVES.items()} | {"timestamp": 13 * DAY}
OLD_KEPT = 10  # versions of each role: a node may be in the middle of reading an older one


class RepositoryBroken(Exception):
    """Keys or metadata are missing or do not fit each other; the message says which."""


def signer_of(keys: Path, role: str) -> CryptoSigner:
    """The role's key. Raises RepositoryBroken."""
    place = keys / f"tuf-{role}.pem"
    try:
        key = load_pem_private_key(place.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise RepositoryBroken(f"{place.name}: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RepositoryBroken(f"{place.name} is no Ed25519 key")
    return CryptoSigner(key)


class TufMetadata:
    """The signed metadata in a folder. Changes are not for two at once (`files.turn`)."""

    def __init__(self, folder: Path, keys: Path, clock: Clock) -> None:
        self.folder = folder
        self._keys = keys
        self._clock = clock
        self._signers: dict[str, CryptoSigner] = {}
        self._roles: dict[str, Metadata[Any]] = {}

    def open(self) -> None:
        """Load what is there, make what is missing. Raises RepositoryBroken."""
        self.load()
        if not self._roles:
            for role in ROLES:
                if not (self._keys / f"tuf-{role}.pem").exists():
                    secret = CryptoSigner.generate_ed25519().private_bytes
                    write_secret(self._keys / f"tuf-{role}.pem", secret)
        self._signers = {role: signer_of(self._keys, role) for role in ROLES}
        made = [role for role in ROLES if role not in self._roles]
        for role in made:
            self._roles[role] = Metadata(self._new(role))
        if made:
            self._sign(*made)
        self._check_keys()

    def examine(self) -> None:
        """Raises RepositoryBroken when something is missing or does not fit; changes nothing."""
        self.load()
        missing = [role for role in ROLES if role not in self._roles]
        if missing:
            raise RepositoryBroken(f"{missing[0]}: no metadata")
        self._signers = {role: signer_of(self._keys, role) for role in ROLES}
        self._check_keys()

    def load(self) -> None:
        """The newest readable version of each role on disk."""
        self._roles = {role: found for role in ROLES if (found := self._newest(role))}

    def _newest(self, role: str) -> Metadata[Any] | None:
        if role == "timestamp":
            places = [self.folder / "timestamp.json"]
        else:
            places = [self.folder / f"{number}.{role}.json" for number in self._versions(role)]
        for place in places:
            try:
                return Metadata.from_bytes(place.read_bytes())
            except FileNotFoundError:
                continue
            except (RepositoryError, OSError) as error:
                log.error("metadata cannot be read", extra={"file": place.name, "why": str(error)})
        return None

    def _versions(self, role: str) -> list[int]:
        """The numbers on disk, the highest first."""
        found = (path.name.split(".", 1)[0] for path in self.folder.glob(f"[0-9]*.{role}.json"))
        return sorted((int(number) for number in found if number.isdigit()), reverse=True)

    def _new(self, role: str) -> Root | Targets | Snapshot | Timestamp:
        """The first version of a role."""
        expires = self._ends(role)
        if role == "root":
            root = Root(expires=expires, consistent_snapshot=True)
            for top in TOP:
                root.add_key(self._signers[top].public_key, top)
            return root
        if role == "snapshot":
            return Snapshot(expires=expires, meta={})
        if role == "timestamp":
            return Timestamp(expires=expires)
        targets = Targets(expires=expires)
        if role == "targets":
            roles: dict[str, DelegatedRole] = {
                kind: DelegatedRole(kind, [], 1, terminating=True, paths=[f"{kind}/*"])
                for kind in KINDS
            }
            targets.delegations = Delegations({}, roles)
            for kind in KINDS:
                targets.add_key(self._signers[kind].public_key, kind)
        return targets

    def _check_keys(self) -> None:
        root, targets = self._roles["root"].signed, self._roles["targets"].signed
        for role, signer in self._signers.items():
            held = (root if role in TOP else targets.delegations).keys
            if signer.public_key.keyid not in held:
                raise RepositoryBroken(f"tuf-{role}.pem is not the key that the metadata names")

    def _ends(self, role: str) -> datetime:
        return datetime.fromtimestamp((self._clock.now() + LIVES[role]) // 1000, UTC)

    @property
    def first_root(self) -> str:
        """The text of 1.root.json, which every school's trust begins with."""
        return (self.folder / "1.root.json").read_text("utf-8")

    def targets(self, kind: str) -> Mapping[str, TargetFile]:
        """The targets of a delegated role, by path."""
        found: Mapping[str, TargetFile] = self._roles[kind].signed.targets
        return found

    def ends(self) -> dict[str, int]:
        """When each role's metadata expires, in ms."""
        return {role: from_datetime(found.signed.expires) for role, found in self._roles.items()}

    def set_targets(self, kind: str, targets: Mapping[str, TargetFile]) -> None:
        """Sign other targets of a kind, and all that follows from it."""
        self._roles[kind].signed.targets = dict(targets)
        self._sign(kind)

    def renew(self, *, everything: bool = False) -> list[str]:
        """Sign anew what comes near its end (or all but root); the roles signed."""
        now = self._clock.now()
        due = [
            role
            for role, end in self.ends().items()
            if (everything and role != "root") or end - now < RENEWED_WITH_LEFT[role]
        ]
        if due:
            self._sign(*due)
        return due

    def _sign(self, *due: str) -> None:
        """Sign these roles, and snapshot and timestamp where they name them; timestamp last."""
        wanted = {*due, "timestamp"}
        if wanted - {"root", "timestamp"}:
            wanted.add("snapshot")
        for role in (role for role in ROLES if role in wanted):
            self._write(role)
        for role in due:
            self._forget_old(role)

    def _write(self, role: str) -> None:
        signed = self._roles[role].signed
        stored = self._versions(role)
        if role == "root":
            signed.version = (stored[0] if stored else 0) + 1
        else:
            held = max([*stored, signed.version if stored or role == "timestamp" else 0])
            signed.version = max(held + 1, self._clock.now() // 1000)
        signed.expires = self._ends(role)
        if role == "snapshot":
            for name in ("targets", *KINDS):
                signed.meta[f"{name}.json"] = MetaFile(self._roles[name].signed.version)
        if role == "timestamp":
            snapshot = self._roles["snapshot"]
            number = snapshot.signed.version
            text = (self.folder / f"{number}.snapshot.json").read_bytes()
            signed.snapshot_meta = MetaFile.from_data(number, text, ["sha256"])
        fresh = Metadata(signed)
        fresh.sign(self._signers[role])
        self._roles[role] = fresh
        name = "timestamp.json" if role == "timestamp" else f"{signed.version}.{role}.json"
        write_durably(self.folder / name, fresh.to_bytes())

    def _forget_old(self, role: str) -> None:
        if role in ("root", "timestamp"):
            return
        for number in self._versions(role)[OLD_KEPT:]:
            (self.folder / f"{number}.{role}.json").unlink(missing_ok=True)

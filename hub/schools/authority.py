"""The provincial CA: X.509, P-256. Certificates for schools' servers and for the hub's own TLS.

Files of `keys/`: `ca.pem` and `ca.key` (20 years), `tls.pem` (one year; certificate and key in one
file, so that they are exchanged together).

Rollover of the hub's TLS certificate: it is due 90 days before its end. Invitations carry its
fingerprint, and one lasts 60 days at most, so the exchange waits until no open invitation names
the old one, and at 15 days before the end it is made anyway (codes typed by hand still work, they
carry no fingerprint). Members trust the CA and notice nothing. The CA itself is renewed by hand,
long before its end, by shipping the next one beside it in the chain.
"""

import contextlib
import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.schools.model import CertificateRequestWrong
from kit.clock import DAY, Clock, from_datetime
from kit.durable import write_durably, write_secret

CA_YEARS = 20
SCHOOL_DAYS = 5 * 365
TLS_DAYS = 365
RENEW_BEFORE = 90 * DAY
RENEW_ANYWAY = 15 * DAY
_EARLIER = timedelta(hours=1)  # clocks of the other side may be a little behind


class Issued(msgspec.Struct, frozen=True):
    """A certificate just made."""

    pem: str
    serial: str
    expires_at: int


class Authority:
    """The CA and the hub's own certificate, from the files of `keys/`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self.certificate = _read_certificate(folder / "ca.pem")
        self._key = _read_key(folder / "ca.key")
        self.tls = _read_certificate(folder / "tls.pem")
        self._context: ssl.SSLContext | None = None

    @property
    def chain_pem(self) -> tuple[str, ...]:
        """What nodes trust, the issuing CA first."""
        return (_pem(self.certificate),)

    @property
    def tls_fingerprint(self) -> str:
        """SHA-256 of the served certificate (DER), hexadecimal."""
        return hashlib.sha256(self.tls.public_bytes(serialization.Encoding.DER)).hexdigest()

    @property
    def tls_ends_at(self) -> int:
        return from_datetime(self.tls.not_valid_after_utc)

    @property
    def tls_starts_at(self) -> int:
        return from_datetime(self.tls.not_valid_before_utc)

    @property
    def ends_at(self) -> int:
        """When the CA ends."""
        return from_datetime(self.certificate.not_valid_after_utc)

    def tls_context(self) -> ssl.SSLContext:
        """What the api listener serves with; it follows a renewal."""
        if self._context is None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._context.load_cert_chain(self._folder / "tls.pem")
        return self._context

    def covers(self, names: tuple[str, ...]) -> bool:
        """Whether the hub's certificate holds every name it is to be reached by."""
        held = self.tls.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(_names(names)) <= set(held)

    def is_renewal_due(self, oldest_pinned: bool) -> bool:
        """Whether to renew now; `oldest_pinned`: an open invitation names the present one."""
        left = self.tls_ends_at - self._clock.now()
        return left < RENEW_ANYWAY or (left < RENEW_BEFORE and not oldest_pinned)

    def renew_tls(self, names: tuple[str, ...]) -> None:
        """A new key and certificate for the hub's TLS; open connections keep the old one."""
        _make_tls(self._folder, self.certificate, self._key, names, self._clock.now())
        self.tls = _read_certificate(self._folder / "tls.pem")
        if self._context is not None:
            self._context.load_cert_chain(self._folder / "tls.pem")

    def issue(self, request: x509.CertificateSigningRequest, server_name: str) -> Issued:
        """A certificate of `server_name` for the key of a checked request."""
        now = _when(self._clock.now())
        ends = min(now + timedelta(days=SCHOOL_DAYS), self.certificate.not_valid_after_utc)
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        made = _certificate(
            subject=_subject(server_name),
            key=key,
            issuer=self.certificate,
            signer=self._key,
            starts=now - _EARLIER,
            ends=ends,
            names=[x509.DNSName(server_name)],
        )
        return Issued(_pem(made), f"{made.serial_number:x}", from_datetime(ends))


def read_request(pem: str, allowed_names: tuple[str, ...]) -> x509.CertificateSigningRequest:
    """A certificate request whose key may be certified: P-256, self-signed, of an allowed name.

    Raises CertificateRequestWrong.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        is_signed = request.is_signature_valid
        called = [
            str(name.value).lower()
            for name in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        ]
        with contextlib.suppress(x509.ExtensionNotFound):
            held = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            called += [name.lower() for name in held.get_values_for_type(x509.DNSName)]
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise CertificateRequestWrong(reason=str(error)[:200] or "PEM") from error
    if not is_signed:
        raise CertificateRequestWrong(reason="signature")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateRequestWrong(reason="P-256")
    stray = [name for name in called if name not in allowed_names]
    if stray:
        raise CertificateRequestWrong(reason=f"{stray[0][:80]} ≠ {allowed_names[-1]}")
    return request


def make_authority(folder: Path, province: str, names: tuple[str, ...], clock: Clock) -> Authority:
    """Make the CA of a new hub and its first TLS certificate. Raises FileExistsError."""
    now = _when(clock.now())
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, province[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, "Madang Provincial CA"),
        ]
    )
    made = _certificate(
        subject=subject,
        key=key.public_key(),
        issuer=None,
        signer=key,
        starts=now - _EARLIER,
        ends=now + timedelta(days=CA_YEARS * 365),
    )
    write_secret(folder / "ca.key", _private_pem(key))
    write_secret(folder / "ca.pem", _pem(made).encode())
    _make_tls(folder, made, key, names, clock.now())
    return Authority(folder, clock)


def _make_tls(
    folder: Path,
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...],
    now_ms: int,
) -> None:
    """Certificate and key in one file, put in place by rename."""
    now = _when(now_ms)
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(
        subject=_subject(names[0]),
        key=key.public_key(),
        issuer=authority,
        signer=signer,
        starts=now - _EARLIER,
        ends=min(now + timedelta(days=TLS_DAYS), authority.not_valid_after_utc),
        names=_names(names),
    )
    write_durably(folder / "tls.pem", _pem(made).encode() + _private_pem(key), secret=True)


def _certificate(
    *,
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate | None,
    signer: ec.EllipticCurvePrivateKey,
    starts: datetime,
    ends: datetime,
    names: list[x509.GeneralName] | None = None,
) -> x509.Certificate:
    """A CA certificate (no issuer) or a server's, with what strict verifiers want to see."""
    is_ca = issuer is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        .add_extension(_usage(is_ca), True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(both), False)
    return builder.sign(signer, hashes.SHA256())


def _usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _names(names: tuple[str, ...]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _subject(name: str) -> x509.Name:
    # A common name holds 64 characters; names are read from subjectAltName anyway.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _when(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1000, UTC)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _read_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds no P-256 key")
    return key

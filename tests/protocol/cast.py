"""Fixed keys and messages that the tests and the golden vectors share; nothing here is random."""

import hashlib

import msgspec

from protocol.assertions import Algorithm
from protocol.attestation import (
    Attested,
    EndedKey,
    Ending,
    KeyAttestation,
    KeyEnd,
    attest,
    attest_end,
)
from protocol.chunks import Chunk, Manifest, ReleaseFile
from protocol.directory import Cursor, DirectoryDelta, SchoolEntry, StaffEntry, share_digest, upsert
from protocol.draw import (
    DrawCourse,
    DrawEntry,
    DrawList,
    draw,
    list_hash,
    outcome_hash,
    seed_hash,
    text_of,
)
from protocol.enrolment import (
    EnrolmentGrant,
    EnrolmentRequest,
    HubIdentity,
    Invitation,
    derive,
    format_code,
    prove_grant,
    prove_request,
    subject_digest,
)
from protocol.heads import ConsistencyProof, SignedTreeHead, TreeHead, sign_head, sign_witness
from protocol.identity import KeyPair, SchoolKind, parse_school_id
from protocol.merkle import consistency_proof, inclusion_proof, leaf_hash, subtree_of, tree_root
from protocol.official import NoticeAck, NoticeAttachment, NoticeAudience, OfficialNotice
from protocol.receipts import KeyProof, ReceiptV1, ReceiptV2
from protocol.records import (
    Answer,
    ApprovalV1,
    ApprovalV2,
    Attachment,
    AuditHeadV1,
    ConsentV1,
    ConsentV2,
    ConsentV3,
    ConsentV4,
    DisposalV1,
    DrawSeedV1,
    DrawV1,
    PasskeyChange,
    PasskeyV1,
    Privacy,
    RetractionV1,
    SignatureKind,
    disposal_hash,
    record_hash,
    record_leaf,
    sign_record,
)
from protocol.rotation import RotationGrant, RotationRequest, sign_rotation
from protocol.sync import (
    Cursors,
    DirectoryPage,
    Down,
    FailingJob,
    MatrixAllowList,
    MatrixServer,
    NodeState,
    NoticePage,
    ReleasePage,
    ReleasePointer,
    ReleaseReport,
    ReleaseStep,
    RemoteIncrement,
    SequencedNotice,
    Standing,
    Up,
)
from tests.protocol.passkeys import ADDED_AT, assertion_of, signed_by_passkey

NOW = 1_795_000_000_000
SCHOOL = parse_school_id("J107530101")
OTHER_SCHOOL = parse_school_id("J107530202")
NODE = KeyPair(bytes(range(32)), bytes(range(32, 64)))
HUB = KeyPair(bytes(range(64, 96)), bytes(range(96, 128)))
STRANGER = KeyPair(b"\x07" * 32, b"\x08" * 32)
URL = "https://hub.example.invalid:8701/v1/sync?since=3"
CODE = format_code(bytes.fromhex("00112233445566778899aabbcc"))

INVITATION = Invitation(
    code=CODE,
    school_id=SCHOOL,
    expires_at=NOW + 7 * 86_400_000,
    hub_urls=("https://hub.example.invalid:8701",),
    tls_fingerprint="ab" * 32,
    hub_fingerprint=HUB.public.fingerprint,
)
IDENTITY = HubIdentity(
    name="마당 도교육청 허브",
    keys=HUB.public,
    urls=INVITATION.hub_urls,
    tls_fingerprint="ab" * 32,
    ca_chain_pem=("-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n",),
)
REQUEST = prove_request(
    EnrolmentRequest(
        invitation_id=derive(CODE).id,
        school_id=SCHOOL,
        school_name="한빛초등학교",
        school_kind=SchoolKind.ELEMENTARY,
        keys=NODE.public,
        csr_pem="-----BEGIN CERTIFICATE REQUEST-----\nCSR\n-----END CERTIFICATE REQUEST-----\n",
        software="madang 0.1.0",
        sent_at=NOW,
    ),
    derive(CODE),
)
ATTESTATION: KeyAttestation = attest(
    HUB,
    Attested(
        school_id=SCHOOL,
        school_name="한빛초등학교",
        keys=NODE.public,
        issued_at=NOW,
        province="경기도교육청",
    ),
)
GRANT = prove_grant(
    EnrolmentGrant(
        school_id=SCHOOL,
        request=subject_digest(REQUEST),
        server_name="j107530101.madang.invalid",
        certificate_pem="-----BEGIN CERTIFICATE-----\nNODE\n-----END CERTIFICATE-----\n",
        hub=IDENTITY,
        attestation=ATTESTATION,
        epoch="0f1e2d3c4b5a69788796",
        issued_at=NOW + 5,
    ),
    derive(CODE).key,
)

CONSENT = ConsentV1(
    school_id=SCHOOL,
    school_name="한빛초등학교",
    form_id="form0000000000000001",
    newsletter_id="news0000000000000001",
    title="2026학년도 5학년 현장체험학습 참가 동의서",
    text_hash="5d" * 32,
    answers=(
        Answer(field="join", label="참가 여부", answer="참가"),
        Answer(field="allergy", label="알레르기 (있으면 적어 주세요)", answer="땅콩, 우유"),
    ),
    child_id="child000000000000001",
    child_name="김하늘",
    guardian_id="guard000000000000001",
    guardian_name="김바다",
    relation="모",
    signed_at=NOW,
    signature_kind=SignatureKind.TYPED,
    signature_name="김바다",
    legal_basis="개인정보 보호법 제15조제1항제1호 (동의)",
    agreement_version="2026-03",
)
APPROVAL = ApprovalV1(
    school_id=SCHOOL,
    school_name="한빛초등학교",
    document_kind="newsletter",
    document_id="news0000000000000001",
    title="5학년 현장체험학습 안내",
    text_hash="5d" * 32,
    decision="approved",
    approver_id="staff000000000000001",
    approver_name="최가람",
    position="교장",
    step=3,
    decided_at=NOW - 1000,
)
FILES = (Attachment(name="일정표.pdf", sha256="ab" * 32),)
CONSENT_V2 = ConsentV2(
    **{
        **msgspec.structs.asdict(CONSENT),
        "answers": (
            Answer(
                field="join",
                label="참가 여부",
                answer="참가",
                options=("참가", "불참"),
                hint="일정표를 먼저 읽어 주세요",
            ),
            Answer(field="allergy", label="알레르기 (있으면 적어 주세요)", answer="땅콩, 우유"),
        ),
        "agreement_version": "signing.v1",
        "supersedes": "7e" * 32,
    },
    privacy=Privacy(
        purpose="현장체험학습 운영",
        items="알레르기",
        retention="현장체험학습이 끝날 때까지",
        refusal="거부할 수 있으며, 급식에서 알레르기를 배려하기 어렵습니다.",
    ),
    attachments=FILES,
    both_guardians=True,
)
APPROVAL_V2 = ApprovalV2(**msgspec.structs.asdict(APPROVAL), attachments=FILES)
SIGNED = sign_record(NODE, CONSENT)
SIGNED_APPROVAL = sign_record(NODE, APPROVAL)
SIGNED_V2 = sign_record(NODE, CONSENT_V2)
AUDIT_HEAD = AuditHeadV1(school_id=SCHOOL, seq=4711, hash="3a" * 32, at=NOW)
SIGNED_AUDIT_HEAD = sign_record(NODE, AUDIT_HEAD)
SIGNED_APPROVAL_V2 = sign_record(NODE, APPROVAL_V2)
SLIP = ConsentV3(
    **msgspec.structs.asdict(CONSENT_V2)
    | {"signature_kind": SignatureKind.PAPER, "entered_by": "박서연"},
    scan=Attachment(name="회신서.jpg", sha256="5c" * 32),
)
SIGNED_V3 = sign_record(NODE, SLIP)
CONSENT_V4 = ConsentV4(
    **msgspec.structs.asdict(CONSENT_V2)
    | {"signature_kind": SignatureKind.PASSKEY, "agreement_version": "signing.v2"}
)
BY_PASSKEY = {one: signed_by_passkey(CONSENT_V4, one) for one in Algorithm}
SIGNED_BY_PASSKEY = {name: sign_record(NODE, one) for name, one in BY_PASSKEY.items()}
SIGNED_V4 = SIGNED_BY_PASSKEY[Algorithm.ES256]
PASSKEY = PasskeyV1(
    school_id=SCHOOL,
    school_name=CONSENT_V2.school_name,
    person_id=CONSENT_V2.guardian_id,
    person_name=CONSENT_V2.guardian_name,
    change=PasskeyChange.ADDED,
    name="Android · Chrome",
    algorithm=Algorithm.ES256,
    public_key=assertion_of(BY_PASSKEY[Algorithm.ES256]).public_key,
    added_at=ADDED_AT,
    at=ADDED_AT,
)
SIGNED_PASSKEY = sign_record(NODE, PASSKEY)
PASSKEY_GONE = msgspec.structs.replace(PASSKEY, change=PasskeyChange.REMOVED, at=NOW + 1)
SIGNED_PASSKEY_GONE = sign_record(NODE, PASSKEY_GONE)
RETRACTION = RetractionV1(
    school_id=SCHOOL,
    school_name=CONSENT_V2.school_name,
    form_id=CONSENT_V2.form_id,
    newsletter_id=CONSENT_V2.newsletter_id,
    title=CONSENT_V2.title,
    child_id=CONSENT_V2.child_id,
    child_name=CONSENT_V2.child_name,
    guardian_id=CONSENT_V2.guardian_id,
    guardian_name=CONSENT_V2.guardian_name,
    relation=CONSENT_V2.relation,
    retracts=record_hash(SIGNED_V2),
    effect="학교는 지금부터 이 동의에 따른 일을 중단합니다.\n이미 한 일은 그대로 적법합니다.",
    at=NOW + 1000,
)
SIGNED_RETRACTION = sign_record(NODE, RETRACTION)
DISPOSED = ((0, record_leaf(SIGNED_V2)), (1, record_leaf(SIGNED_RETRACTION)))
DISPOSAL = DisposalV1(
    school_id=SCHOOL,
    school_name=CONSENT_V2.school_name,
    title=CONSENT_V2.title,
    closed_in=2026,
    retention_years=5,
    count=2,
    list_hash=disposal_hash(DISPOSED),
    approved_by_id="pers0000000000000009",
    approved_by_name="정민호",
    approved_at=NOW + 2000,
    at=NOW + 3000,
)
SIGNED_DISPOSAL = sign_record(NODE, DISPOSAL)
SEED = "c4" * 32
DRAW_LIST = DrawList(
    signup_id="sign0000000000000001",
    courses=(
        DrawCourse(id="cour0000000000000001", name="코딩 기초", places=3),
        DrawCourse(id="cour0000000000000002", name="우쿨렐레", places=1),
    ),
    entries=tuple(
        DrawEntry(number=number, course=f"cour000000000000000{course}", children=children)
        for number, course, children in (
            ("104729", 1, 1),
            ("224737", 1, 2),
            ("350377", 1, 1),
            ("479909", 1, 1),
            ("611953", 2, 1),
            ("746773", 2, 1),
        )
    ),
)
DRAW_TEXT = text_of(DRAW_LIST)
DRAW_SEED = DrawSeedV1(
    school_id=SCHOOL,
    school_name="한빛초등학교",
    signup_id=DRAW_LIST.signup_id,
    title="겨울방학 방과후학교",
    seed_hash=seed_hash(SEED),
    at=NOW - 1000,
)
SIGNED_DRAW_SEED = sign_record(NODE, DRAW_SEED)
DRAW = DrawV1(
    school_id=SCHOOL,
    school_name="한빛초등학교",
    signup_id=DRAW_LIST.signup_id,
    title="겨울방학 방과후학교",
    commitment=record_hash(SIGNED_DRAW_SEED),
    seed=SEED,
    list_hash=list_hash(DRAW_TEXT),
    entries=len(DRAW_LIST.entries),
    outcome_hash=outcome_hash(draw(SEED, DRAW_TEXT)),
    at=NOW,
)
SIGNED_DRAW = sign_record(NODE, DRAW)
LEAVES = [record_leaf(SIGNED_APPROVAL), *(leaf_hash(bytes([i])) for i in range(5))]
LEAF_INDEX = 3
LEAVES.insert(LEAF_INDEX, record_leaf(SIGNED))


def head_of(size: int, *, at: int = NOW, keys: KeyPair = NODE) -> SignedTreeHead:
    """The signed head of the first `size` leaves of the cast's log."""
    root = tree_root(LEAVES[:size]).hex()
    return sign_head(keys, TreeHead(school_id=SCHOOL, size=size, root=root, at=at))


def proof_of(old: int, new: int) -> ConsistencyProof:
    """The consistency proof between two sizes of the cast's log."""
    hashes = consistency_proof(old, new, subtree_of(LEAVES))
    return ConsistencyProof(from_size=old, to_size=new, hashes=tuple(one.hex() for one in hashes))


HEAD = head_of(len(LEAVES))
WITNESS = sign_witness(HUB, HEAD.head, seen_at=NOW + 900)
RECEIPT = ReceiptV1(
    school_id=SCHOOL,
    key=NODE.public.signing,
    record=SIGNED,
    leaf_index=LEAF_INDEX,
    inclusion=tuple(
        one.hex() for one in inclusion_proof(LEAF_INDEX, len(LEAVES), subtree_of(LEAVES))
    ),
    head=HEAD,
    attestation=ATTESTATION,
    witness=WITNESS,
)

NEXT = KeyPair(b"\x21" * 32, b"\x22" * 32)
"""The keys that follow NODE's."""
ROTATION = sign_rotation(NODE, NEXT, school_id=SCHOOL, at=NOW + 1_000)
NEXT_ATTESTATION = attest(
    HUB, msgspec.structs.replace(ATTESTATION.attested, keys=NEXT.public, issued_at=NOW + 2_000)
)


def end_of(keys: KeyPair, ending: Ending, *, at: int = NOW + 2_000, hub: KeyPair = HUB) -> KeyEnd:
    """A hub's word that the key of the cast's school ended."""
    ended = EndedKey(
        school_id=SCHOOL,
        key=keys.public.signing,
        ended_at=at,
        ending=ending,
        province="경기도교육청",
    )
    return attest_end(hub, ended)


NODE_END = end_of(NODE, Ending.ROTATED)
ROTATION_REQUEST = RotationRequest(statement=ROTATION, csr_pem=REQUEST.csr_pem)
ROTATION_GRANT = RotationGrant(
    school_id=SCHOOL,
    certificate_pem=GRANT.certificate_pem,
    attestation=NEXT_ATTESTATION,
    ended=NODE_END,
)
RECEIPT_V2 = ReceiptV2(
    school_id=SCHOOL,
    keys=(
        KeyProof(key=NODE.public.signing, attestation=ATTESTATION, end=NODE_END),
        KeyProof(key=NEXT.public.signing, attestation=NEXT_ATTESTATION, rotation=ROTATION),
    ),
    record=SIGNED,
    leaf_index=LEAF_INDEX,
    inclusion=RECEIPT.inclusion,
    head=sign_head(NEXT, HEAD.head),
    witness=WITNESS,
)

STAFF = StaffEntry(
    id="staff000000000000001",
    name="최가람",
    position="교장",
    department="교장실",
    duty="학교 총괄",
    extension="101",
)
SCHOOL_ENTRY = SchoolEntry(
    id=SCHOOL,
    name="한빛초등학교",
    school_kind=SchoolKind.ELEMENTARY,
    district="수원교육지원청",
)
INCREMENTS = (upsert(1, SCHOOL_ENTRY), upsert(2, STAFF))
DELTA = DirectoryDelta(
    epoch="11223344556677889900",
    from_seq=0,
    to_seq=2,
    digest=share_digest(one.hash for one in INCREMENTS if one.hash),
    full=True,
    entries=INCREMENTS,
)
NOTICE = OfficialNotice(
    id="notice00000000000001",
    reference="경기도교육청 초등교육과-12345",
    title="겨울철 학교 안전 점검 안내",
    body_markdown="1. 관련: …\n2. 각 학교에서는 **11월 30일**까지 점검해 주시기 바랍니다.",
    audience=NoticeAudience.STAFF,
    issued_at=NOW,
    department="학교안전과",
    deadline_at=NOW + 604_800_000,
    must_acknowledge=True,
    attachments=(
        NoticeAttachment(
            name="점검표.hwpx", media_type="application/hwp+zip", size=20480, sha256="cd" * 32
        ),
    ),
)
UP = Up(
    sent_at=NOW,
    epoch="11223344556677889900",
    state=NodeState(
        version="0.1.0",
        started_at=NOW - 3_600_000,
        disk_free=50_000_000_000,
        disk_total=100_000_000_000,
        last_backup_at=NOW - 7_200_000,
        failing_jobs=(FailingJob(name="backup", failed_at=NOW - 10, error="disk full"),),
        counts={"students": 300, "guardians": 450, "staff": 35, "classes": 24},
    ),
    cursors=Cursors(notices=Cursor(epoch="0f1e2d3c4b5a69788796", seq=4)),
    head=HEAD,
    consistency=proof_of(4, len(LEAVES)),
    directory=DELTA,
    acks=(
        NoticeAck(notice_id=NOTICE.id, revision=1, received_at=NOW - 50, addressees=35, read=12),
    ),
    releases=(
        ReleaseReport(
            kind="knowledge", active=6, version=7, step=ReleaseStep.FETCHING, permille=412
        ),
    ),
    matrix=MatrixServer(
        school_id=SCHOOL, server_name="j107530101.madang.invalid", address="192.0.2.7:8448"
    ),
    wait_ms=25_000,
)
PIECES = (b"content of a chunk", b"and of another")
MANIFEST = Manifest(
    kind="knowledge",
    version=7,
    name="학교 업무·생활 안내서",
    created_at=NOW,
    files=(
        ReleaseFile(
            path="passages/one.seg",
            size=sum(map(len, PIECES)),
            sha256=hashlib.sha256(b"".join(PIECES)).hexdigest(),
            chunks=tuple(
                Chunk(sha256=hashlib.sha256(one).hexdigest(), size=len(one)) for one in PIECES
            ),
        ),
    ),
)
DOWN = Down(
    sent_at=NOW + 20,
    standing=Standing.ACTIVE,
    notices=NoticePage(
        cursor=Cursor(epoch="0f1e2d3c4b5a69788796", seq=5),
        items=(SequencedNotice(seq=5, notice=NOTICE),),
    ),
    directory=DirectoryPage(
        cursor=Cursor(epoch="0f1e2d3c4b5a69788796", seq=9),
        items=(
            RemoteIncrement(seq=8, school_id=OTHER_SCHOOL, increment=upsert(1, STAFF)),
            RemoteIncrement(seq=9, school_id=parse_school_id("K123456"), increment=None),
        ),
    ),
    matrix=MatrixAllowList(
        cursor=Cursor(epoch="0f1e2d3c4b5a69788796", seq=2),
        servers=(MatrixServer(school_id=OTHER_SCHOOL, server_name="j107530202.madang.invalid"),),
    ),
    directory_cursor=Cursor(epoch="11223344556677889900", seq=2),
    accepted_size=len(LEAVES),
    witness=WITNESS,
    next_counter=NOW + 1,
    releases=ReleasePage(
        cursor=Cursor(epoch="0f1e2d3c4b5a69788796", seq=3),
        items=(ReleasePointer(kind="knowledge", version=7, size=MANIFEST.size),),
    ),
    two_machines_at=NOW - 60_000,
)

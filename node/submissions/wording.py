"""The text of a paper as it was sent: what is printed, and what a decision's record has the hash of."""

import hashlib
from collections.abc import Sequence

from node.files.model import Attachment
from node.submissions.kinds import SubmissionType
from node.submissions.model import HALF_LABELS, Half, Paper
from protocol.records import Answer


def document_of(
    kind: SubmissionType, paper: Paper, answers: Sequence[Answer], files: Sequence[Attachment]
) -> str:
    """The exact text, in the language of the school; files by the hash of their content."""
    lines = [kind.name, f"접수번호: {paper.receipt_number}", f"학생: {paper.student_name}"]
    if paper.halves:
        lines.append(f"기간: {period_words(paper)} (수업일 {paper.days}일)")
    for one in answers:
        lines += [f"{one.label}:", one.answer]
    lines += [f"첨부: {one.name} ({one.sha256})" for one in files]
    signer = f"{paper.by_name} ({paper.relation})" if paper.relation else paper.by_name
    return "\n".join([*lines, kind.declaration, f"제출: {signer}"])


def period_words(paper: Paper) -> str:
    """From when to when, as it stands on paper."""
    half = f" {HALF_LABELS[paper.half]}" if paper.half is not Half.WHOLE else ""
    if paper.first_on == paper.last_on:
        return paper.first_on + half
    return f"{paper.first_on} ~ {paper.last_on}"


def hash_of(text: str) -> str:
    """SHA-256 of the text, as records name it."""
    return hashlib.sha256(text.encode()).hexdigest()

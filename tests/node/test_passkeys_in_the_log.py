"""Whose a passkey is stands in the school's log before it signs, and a receipt shows that."""

from pathlib import Path

import pytest

from kit.signin.web import SIGNIN
from kit.web.keys import JOBS
from protocol.receipts import Outcome, from_file, verify
from protocol.records import PasskeyChange, PasskeyV1, SignedRecord, read_record
from scripts.madang import main
from tests.node.conftest import School
from tests.node.test_forms import sent, sql
from tests.node.test_signing_by_passkey import opened, with_passkey


async def named(school: School) -> list[PasskeyV1]:
    """What the log says of passkeys, in order."""
    rows = await sql(school, "SELECT text, key_id, signature FROM ledger_leaf ORDER BY position")
    found = [read_record(SignedRecord(text=t, key_id=k, signature=s)) for t, k, s in rows]
    return [one for one in found if isinstance(one, PasskeyV1)]


async def remove(school: School, name: str = "김하늘") -> None:
    """Somebody removes their first passkey on their account page."""
    signin = school.app[SIGNIN]
    started = await school.db.write(
        lambda tx: signin.accounts.start_session(
            tx, school.id(name), device="x", address="192.0.2.7"
        )
    )
    _account, _sessions, passkeys = await signin.own.overview(started.session)
    await signin.own.remove_passkey(started.session, passkeys[0].credential_id)
    await school.settled()


async def signed(school: School) -> bytes:
    """The receipt's file of a consent that 김하늘 signs by passkey."""
    device = await with_passkey(school)
    here = await opened(school, await sent(school))
    done = await here.sign(device, await here.ask())
    return (await here.client.get(f"{done.json()['location']}/file")).body


async def test_a_passkey_is_named_when_it_comes_and_when_it_goes(school: School) -> None:
    await with_passkey(school)
    await remove(school)
    came, went = await named(school)
    assert (came.change, went.change) == (PasskeyChange.ADDED, PasskeyChange.REMOVED)
    assert (came.person_id, came.person_name) == (school.id("김하늘"), "김하늘")
    assert (came.name, came.public_key) == ("엄마 전화", went.public_key)


async def test_a_reset_of_the_sign_in_takes_the_passkey_back_in_the_log(school: School) -> None:
    await with_passkey(school)
    accounts = school.app[SIGNIN].accounts
    await school.db.write(lambda tx: accounts.reset_second_factor(tx, school.id("김하늘")))
    await school.settled()
    assert [one.change for one in await named(school)] == [
        PasskeyChange.ADDED,
        PasskeyChange.REMOVED,
    ]


async def test_a_receipt_shows_that_the_log_named_the_passkey_before(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = await signed(school)
    found = {one.code: one.outcome for one in verify(from_file(file)).checks}
    assert found["passkey_named"] is Outcome.PASSED
    place = tmp_path / "receipt.madang-receipt.json"
    place.write_bytes(file)
    assert main(["verify", str(place)]) == 0
    assert "학교 기록부에 올라 있었는가" in capsys.readouterr().out
    page = await (await school.anonymous()).post("/verify", {"receipt": file.decode()})
    assert "보호자의 것으로 학교 기록부에 올라 있었습니다" in page.text


async def test_a_consent_by_a_key_that_the_log_did_not_name_stays_valid_and_says_so(
    school: School,
) -> None:
    device = await with_passkey(school)
    await _forget(school)  # as in a build that named no passkeys
    here = await opened(school, await sent(school))
    done = await here.sign(device, await here.ask())
    file = (await here.client.get(f"{done.json()['location']}/file")).body
    found = verify(from_file(file))
    assert found.valid
    assert {one.code: one.outcome for one in found.checks}["passkey_named"] is Outcome.ABSENT
    page = await (await school.anonymous()).post("/verify", {"receipt": file.decode()})
    assert "누구의 것인지는 학교가 밝힌 것입니다" in page.text
    assert "동의는 그대로 유효합니다" in page.text


async def test_passkeys_of_an_earlier_build_are_named_within_the_hour_and_once(
    school: School,
) -> None:
    await with_passkey(school)
    await _forget(school)
    assert await school.app[JOBS].run("ledger.passkeys")
    assert await school.app[JOBS].run("ledger.passkeys")
    assert [one.change for one in await named(school)] == [
        PasskeyChange.ADDED,
        PasskeyChange.KNOWN,
    ]


async def test_those_behind_many_that_are_named_already_are_named_as_well(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart in the middle of the first naming."""
    monkeypatch.setattr("node.ledger.passkeys.BATCH", 1)
    names = ("김하늘", "이준혁")
    for name in names:
        await with_passkey(school, name)
    last = max(school.id(name) for name in names)
    forget = "DELETE FROM ledger_passkey WHERE account_id = ?"
    await school.db.write(lambda tx: tx.execute(forget, (last,)))
    assert await school.app[JOBS].run("ledger.passkeys")
    assert (await named(school))[-1].change is PasskeyChange.KNOWN


async def _forget(school: School) -> None:
    """The log's index knows of no passkey, as before there was one."""
    await school.db.write(lambda tx: tx.execute("DELETE FROM ledger_passkey"))

"""The SQL of statistics: one statement a question."""

from hub.statistics.model import Heard, Taking, ToldCount
from kit.db import Tx
from protocol.statistics import MonthOfPapers


def heard(tx: Tx, school_id: str) -> Heard | None:
    """How far a school was heard; None: it tells nothing."""
    return tx.struct(
        Heard,
        "SELECT district, epoch, seq FROM statistics_school WHERE school_id = ?",
        (school_id,),
    )


def hear(tx: Tx, school_id: str, district: str, epoch: str, seq: int, at: int) -> None:
    tx.execute(
        "INSERT INTO statistics_school (school_id, district, epoch, seq, heard_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (school_id) DO UPDATE SET epoch = excluded.epoch,"
        " seq = excluded.seq, heard_at = excluded.heard_at",
        (school_id, district, epoch, seq, at),
    )


def district_of(tx: Tx, school_id: str) -> str:
    """The district office of a school."""
    sql = "SELECT district FROM schools_v_school WHERE school_id = ?"
    return str(tx.value(sql, (school_id,)) or "")


def take_month(tx: Tx, school_id: str, district: str, told: MonthOfPapers) -> None:
    """What a school says of a month in place of what it said before, in the sums as well."""
    where = (school_id, told.month)
    _take_out(tx, "c.school_id = ? AND c.month = ?", (district, *where))
    tx.execute("DELETE FROM statistics_count WHERE school_id = ? AND month = ?", where)
    rows = {(one.kind, one.state.value): one.papers for one in told.counts}
    tx.many(
        "INSERT INTO statistics_count (school_id, month, kind, state, papers, few)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(*where, *of, papers or 0, int(papers is None)) for of, papers in rows.items()],
    )
    tx.execute(
        "INSERT INTO statistics_sum (month, district, kind, state, papers, few)"
        " SELECT c.month, CAST(? AS TEXT), c.kind, c.state, c.papers, c.few FROM statistics_count c"
        " WHERE c.school_id = ? AND c.month = ?"
        " ON CONFLICT (month, district, kind, state) DO UPDATE SET"
        " papers = statistics_sum.papers + excluded.papers, few = statistics_sum.few + excluded.few",
        (district, *where),
    )


def forget(tx: Tx, school_id: str, district: str) -> None:
    """All that a school told, in the sums as well."""
    _take_out(tx, "c.school_id = ?", (district, school_id))
    tx.execute("DELETE FROM statistics_count WHERE school_id = ?", (school_id,))
    tx.execute("DELETE FROM statistics_school WHERE school_id = ?", (school_id,))


def _take_out(tx: Tx, which: str, params: tuple[str, ...]) -> None:
    tx.execute(
        "UPDATE statistics_sum SET papers = statistics_sum.papers - c.papers,"  # noqa: S608
        " few = statistics_sum.few - c.few FROM statistics_count c"
        " WHERE statistics_sum.month = c.month AND statistics_sum.district = ?"
        " AND statistics_sum.kind = c.kind AND statistics_sum.state = c.state AND " + which,
        params,
    )


# What the page shows ------------------------------------------------------------------------------


def sums(tx: Tx, month: str) -> list[ToldCount]:
    """Of a month by district office: some thousands at most."""
    sql = (
        "SELECT district, kind, state, papers, few FROM statistics_sum"
        " WHERE month = ? AND papers + few > 0 ORDER BY district"
    )
    return tx.structs(ToldCount, sql, (month,))


def is_told(tx: Tx, month: str) -> bool:
    """Whether there is anything of a month."""
    sql = "SELECT 1 FROM statistics_sum WHERE month = ? AND papers + few > 0 LIMIT 1"
    return tx.value(sql, (month,)) is not None


def counts(tx: Tx, month: str, district: str) -> list[ToldCount]:
    """Of a month by the schools of an office: some hundreds of schools."""
    sql = (
        "SELECT c.school_id, c.kind, c.state, c.papers, c.few FROM statistics_school s"
        " JOIN statistics_count c ON c.school_id = s.school_id AND c.month = ?"
        " WHERE s.district = ?"
    )
    return tx.structs(ToldCount, sql, (month, district))


def taking(tx: Tx) -> list[Taking]:
    """District offices with their schools that are part of the province, and those that tell counts."""
    return tx.structs(
        Taking,
        "SELECT v.district, count(s.school_id), count(*) FROM schools_v_school v"
        " LEFT JOIN statistics_school s ON s.school_id = v.school_id"
        " WHERE v.standing IN ('active', 'suspended') GROUP BY v.district ORDER BY v.district",
    )


def schools(tx: Tx, district: str) -> list[tuple[str, str, bool]]:
    """The schools of an office: id, name, whether they tell counts."""
    rows = tx.rows(
        "SELECT v.school_id, v.name, s.school_id FROM schools_v_school v"
        " LEFT JOIN statistics_school s ON s.school_id = v.school_id"
        " WHERE v.district = ? AND v.standing IN ('active', 'suspended') ORDER BY v.name, v.school_id",
        (district,),
    )
    return [(str(one), str(name), tells is not None) for one, name, tells in rows]


def names_of_kinds(tx: Tx) -> dict[str, str]:
    """Kinds of papers that the province gives its schools: name by id."""
    rows = tx.rows("SELECT key, name FROM supplies_v_item WHERE kind = 'paper'")
    return {str(key): str(name) for key, name in rows}

-- compat: 4
-- Bytes of an area, every version of every file in its tree: kept with what changes it, for each upload asks.
CREATE TABLE drive_used (
    area TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO drive_used (area, bytes)
SELECT i.area, sum(v.size) FROM drive_version v JOIN drive_item i ON i.id = v.item_id GROUP BY i.area;

-- A page of a folder in each of its orders, folders first.
CREATE INDEX drive_item_by_name ON drive_item (parent_id, is_folder DESC, folded)
WHERE gone_with IS NULL;
CREATE INDEX drive_item_by_change ON drive_item (parent_id, is_folder DESC, changed_at DESC, folded)
WHERE gone_with IS NULL;
CREATE INDEX drive_item_by_size ON drive_item (parent_id, is_folder DESC, size DESC, folded)
WHERE gone_with IS NULL;

-- compat: 3
-- Of how many schools a file of 나이스 has something; 0 where it is something else.
ALTER TABLE supplies_item ADD COLUMN schools BIGINT NOT NULL DEFAULT 0;

-- What a file of 나이스 says of each school, below the root that the signed list has (protocol/parcels.py).
CREATE TABLE supplies_tree (root TEXT PRIMARY KEY, made_at BIGINT NOT NULL);
CREATE TABLE supplies_parcel (
    root TEXT NOT NULL,
    school TEXT NOT NULL,
    position BIGINT NOT NULL,
    proof TEXT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (root, school)
);

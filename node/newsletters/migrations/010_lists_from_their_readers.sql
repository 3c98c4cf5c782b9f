-- compat: 4
-- A list of letters begins with what its reader holds: for each key the newest letters, those that
-- address families (staff read them all), what somebody opened. None walks the letters of others.
ALTER TABLE newsletters_audience ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE newsletters_audience ADD COLUMN published_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE newsletters_audience ADD COLUMN is_withdrawn INTEGER NOT NULL DEFAULT 0;
UPDATE newsletters_audience SET (kind, published_at, is_withdrawn) = (
    SELECT n.kind, n.published_at, n.state <> 'published' FROM newsletters_newsletter n
    WHERE n.id = newsletters_audience.newsletter_id
);
DROP INDEX newsletters_audience_key;
CREATE INDEX newsletters_audience_key
ON newsletters_audience (key, published_at, newsletter_id, kind, is_withdrawn);

ALTER TABLE newsletters_newsletter ADD COLUMN for_families INTEGER NOT NULL DEFAULT 0;
UPDATE newsletters_newsletter SET for_families = 1 WHERE id IN (
    SELECT newsletter_id FROM newsletters_audience WHERE key NOT LIKE 'staff%'
);
CREATE INDEX newsletters_for_families ON newsletters_newsletter (published_at, id)
WHERE state = 'published' AND for_families = 1;
CREATE INDEX newsletters_for_families_of_kind ON newsletters_newsletter (kind, published_at, id)
WHERE state = 'published' AND for_families = 1;

-- When the opened letter was published, so that what somebody read is found newest first. What was
-- opened before learns it a little at a time while pages are served (node/newsletters/earlier.py).
ALTER TABLE newsletters_opening ADD COLUMN published_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX newsletters_opening_person
ON newsletters_opening (person_id, published_at, newsletter_id) WHERE published_at > 0;

-- The title of each published letter in pairs of characters (node/newsletters/titles.py). Those of
-- letters published before are cut a little at a time while pages are served.
CREATE TABLE newsletters_title (
    pair TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    newsletter_id TEXT NOT NULL,
    PRIMARY KEY (pair, published_at, newsletter_id)
) STRICT, WITHOUT ROWID;

DROP VIEW newsletters_v_audience;
CREATE VIEW newsletters_v_audience AS
SELECT a.newsletter_id, a.key, a.published_at FROM newsletters_audience a
JOIN newsletters_newsletter n ON n.id = a.newsletter_id AND n.state = 'published';

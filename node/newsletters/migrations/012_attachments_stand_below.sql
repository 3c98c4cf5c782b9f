-- compat: 83
-- The files of letters stand with those of all others (node/files), under the ids they have.
INSERT INTO files_attachment (id, kind, carrier_id, position, name, media_type, size, sha256)
SELECT id, 'newsletter', newsletter_id, position, name, media_type, size, sha256
FROM newsletters_attachment;
DROP VIEW newsletters_v_attachment;
DROP TABLE newsletters_attachment;

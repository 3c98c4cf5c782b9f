-- compat: 83
-- The files of notices stand with those of all others (node/files). They are asked for by their position, as before.
INSERT INTO files_attachment (id, kind, carrier_id, position, name, media_type, size, sha256)
SELECT lower(hex(randomblob(10))), 'official', notice_id, position, name, media_type, size, sha256
FROM official_attachment;
DROP VIEW official_v_attachment;
DROP TABLE official_attachment;

-- compat: 105
-- Albums of classes. `class_name` as it was that year; what is removed can come back until it is erased.
CREATE TABLE gallery_album (
    id TEXT PRIMARY KEY,
    class_id TEXT NOT NULL,
    class_name TEXT NOT NULL,
    title TEXT NOT NULL,
    by_name TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    published_at INTEGER,
    gone_at INTEGER
) STRICT;
CREATE INDEX gallery_album_class ON gallery_album (class_id, made_at);
CREATE INDEX gallery_album_newest ON gallery_album (published_at DESC, id) WHERE published_at IS NOT NULL;
CREATE INDEX gallery_album_gone ON gallery_album (gone_at) WHERE gone_at IS NOT NULL;

CREATE TABLE gallery_audience (
    album_id TEXT NOT NULL REFERENCES gallery_album (id),
    key TEXT NOT NULL,
    PRIMARY KEY (album_id, key)
) STRICT, WITHOUT ROWID;

-- `words`: what is to be seen, for who cannot see it.
CREATE TABLE gallery_photo (
    id TEXT PRIMARY KEY,
    album_id TEXT NOT NULL REFERENCES gallery_album (id),
    sha256 TEXT NOT NULL,
    small_sha256 TEXT NOT NULL,
    words TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    gone_at INTEGER
) STRICT;
CREATE INDEX gallery_photo_album ON gallery_photo (album_id, at);
CREATE INDEX gallery_photo_picture ON gallery_photo (sha256);
CREATE INDEX gallery_photo_small ON gallery_photo (small_sha256);
CREATE INDEX gallery_photo_brought ON gallery_photo (by_id);
CREATE INDEX gallery_photo_gone ON gallery_photo (gone_at) WHERE gone_at IS NOT NULL;

-- Who is seen, as the teacher marked it; covered: a box lies over the child in the stored picture.
CREATE TABLE gallery_seen (
    photo_id TEXT NOT NULL REFERENCES gallery_photo (id),
    student_id TEXT NOT NULL,
    is_covered INTEGER NOT NULL,
    PRIMARY KEY (photo_id, student_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gallery_seen_student ON gallery_seen (student_id);

-- Questions of consent forms that ask whether a child may be seen.
CREATE TABLE gallery_source (
    form_id TEXT NOT NULL,
    field TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (form_id, field)
) STRICT, WITHOUT ROWID;

-- Pictures that are to go from the disk.
CREATE TABLE gallery_erasure (
    sha256 TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What others may read.
CREATE VIEW gallery_v_album AS
SELECT id, title, class_name, published_at FROM gallery_album
WHERE published_at IS NOT NULL AND gone_at IS NULL;
CREATE VIEW gallery_v_audience AS SELECT album_id, key FROM gallery_audience;

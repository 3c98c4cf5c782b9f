-- compat: 80
-- Whoever begins to write twice goes on in the draft they left blank.
CREATE INDEX newsletters_blank ON newsletters_newsletter (author_id, kind)
WHERE state = 'draft' AND title = '' AND body = '';

-- What somebody sent is no news to them.
CREATE INDEX newsletters_own ON newsletters_newsletter (author_id, published_at, id)
WHERE state = 'published';

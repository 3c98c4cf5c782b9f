-- compat: 2
-- What a post tells of (newsletter:ID, official:ID, or '' for words that stand by themselves): its
-- title is looked up when the post is said, and what is gone by then is not said at all.
ALTER TABLE messenger_post ADD COLUMN about TEXT NOT NULL DEFAULT '';

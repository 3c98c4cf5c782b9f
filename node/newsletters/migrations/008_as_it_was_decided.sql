-- compat: 3
-- What was decided on, whole: text, audience, form, hour, telephone and files. A letter goes out as it was
-- decided, or not at all. Kept from the decision until the letter is out.
ALTER TABLE newsletters_newsletter ADD COLUMN decided TEXT NOT NULL DEFAULT '';
UPDATE newsletters_newsletter SET decided = json_array(
    title, body, keys, form, scheduled_at, telephone, kind, author_name, department,
    (SELECT json_group_array(json_array(f.name, f.media_type, f.sha256)) FROM (
        SELECT name, media_type, sha256 FROM newsletters_attachment
        WHERE newsletter_id = newsletters_newsletter.id ORDER BY position
    ) f)
)
WHERE state IN ('approved', 'scheduled', 'held');

-- Forms know since their migration 007 whether somebody approved them: then their author alone moves no
-- deadline. Of letters published before, only this slice knows; this one time it tells them.
UPDATE forms_form SET is_approved = 1 WHERE subject IN (
    SELECT id FROM newsletters_newsletter WHERE approver_name <> ''
);

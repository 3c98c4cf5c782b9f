-- compat: 3
-- Forms know since their migration 006 which files belong to their letter. Of letters published before,
-- only this slice knows; this one time it tells them.
UPDATE forms_form SET files = (
    SELECT json_group_array(json_object('name', a.name, 'sha256', a.sha256))
    FROM (
        SELECT name, sha256 FROM newsletters_attachment
        WHERE newsletter_id = forms_form.subject ORDER BY position
    ) a
);

"""The drive as WebDAV (RFC 4918) at /dav/: a file for each family of verbs, over the Drive's own."""

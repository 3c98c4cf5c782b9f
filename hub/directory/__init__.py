"""The province's address book: shares of the schools put together, searched, and passed on."""

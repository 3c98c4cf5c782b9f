"""The staff's messenger: this school's own Matrix homeserver, its accounts, rooms, bot and gates."""

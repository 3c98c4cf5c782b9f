"""Who is told what, how and when: the reach ledger, reminders, mail, quiet hours."""

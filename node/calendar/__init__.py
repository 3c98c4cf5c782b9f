"""The school's calendar: its days of school, what is on (학사일정), and what is due."""

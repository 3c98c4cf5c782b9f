"""Timetables (시간표): which lessons a class has in a week, and on a day that is otherwise."""

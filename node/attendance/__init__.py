"""Attendance (출결): who was at school on a day, and why somebody was not; what a class has of it in a month."""

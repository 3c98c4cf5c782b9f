"""Pages of those who keep the school's lists."""

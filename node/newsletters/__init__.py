"""가정통신문 and 알림장: written, approved, published, corrected and read."""

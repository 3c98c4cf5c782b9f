"""접속기록: who of the staff was shown whose personal data, when and from where."""

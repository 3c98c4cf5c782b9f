"""What the privacy officer (개인정보 보호책임자) looks after: who looked, and what people ask of their data."""

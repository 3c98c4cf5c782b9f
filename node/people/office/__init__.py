"""What those who keep the school's lists do: each verb asks for the right in its unit, and is noted."""

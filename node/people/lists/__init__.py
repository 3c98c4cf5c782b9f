"""The lists a school brings: read, looked at on trial, taken over in portions."""

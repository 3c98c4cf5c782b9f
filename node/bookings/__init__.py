"""Rooms and devices of the school (특별실, 기자재): staff see what is free, and reserve it by the period."""

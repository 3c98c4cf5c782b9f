"""Tests of the protocol room: published vectors, our golden vectors, properties."""

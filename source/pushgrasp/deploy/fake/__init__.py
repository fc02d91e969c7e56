"""A robot cell on loopback: processes that speak the protocols of the real devices."""

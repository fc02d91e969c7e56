"""The oracle: a policy that knows the simulation and tries what it does in copies of it."""

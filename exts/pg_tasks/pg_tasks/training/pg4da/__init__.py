"""Training of pg4da: demonstrations, the warm start with them, PPO."""

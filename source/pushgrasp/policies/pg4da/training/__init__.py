"""How pg4da learns: models of rsl-rl around its networks, feature cache, imitation, settings of both heads."""

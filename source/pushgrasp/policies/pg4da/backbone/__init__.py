"""pg4da's backbone: the angle-view net, its weights, ways to run it, and its training."""

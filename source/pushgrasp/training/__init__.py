"""Training with rsl-rl: models, feature cache, runner, checkpoints, run folders and export."""

"""What any method that learns needs: runner on rsl-rl, checkpoints, exact resume, run folders, export."""

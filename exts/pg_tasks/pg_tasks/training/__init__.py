"""What trains each method: one module, or a folder, for each way to learn."""

"""Physics presets and the CPU physics manager."""

"""What methods with dense action maps share: a score for each cell of a heightmap and each of some directions."""

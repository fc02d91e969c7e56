"""The Equivariant Push-Grasp Network: a critic decides between grasp and push (Hu et al. 2025)."""

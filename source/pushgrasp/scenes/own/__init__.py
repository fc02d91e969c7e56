"""Objects of the user's own: meshes that become shapes."""

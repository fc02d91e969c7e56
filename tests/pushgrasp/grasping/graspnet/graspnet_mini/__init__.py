"""A miniature dataset in GraspNet-1Billion's layout, of this project's shapes."""

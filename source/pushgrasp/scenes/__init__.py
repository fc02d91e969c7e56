"""What a clutter scene is: block shapes, poses and a target; seeded generators; slots that every world owns."""

"""The one language that policies, worlds and records speak."""

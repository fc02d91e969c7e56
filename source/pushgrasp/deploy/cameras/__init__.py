"""RGB-D cameras behind one interface."""

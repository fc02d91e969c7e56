"""What differs between the tasks, as data."""

"""What the project promises in numbers, measured: physics that can be believed, exact pictures, speed."""

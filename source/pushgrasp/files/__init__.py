"""Reading files that users bring: whatever is in them, the answer is their content or one error that says where."""

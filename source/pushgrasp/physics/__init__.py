"""MuJoCo on CPU threads: worlds and their copies, free grippers, and an action on its way. MuJoCo is loaded late."""

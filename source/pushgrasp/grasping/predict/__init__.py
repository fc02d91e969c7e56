"""Grasps of any colour and depth picture: reading the files, drawing the grasps, writing them down."""

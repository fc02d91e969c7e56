"""Authoring of the project's USD files with `pxr`."""

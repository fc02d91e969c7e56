"""Scenes of the field's text formats, one object per line, as this project's scenes."""

"""Reports of evaluations: one self-contained HTML page, and the tables as Markdown."""

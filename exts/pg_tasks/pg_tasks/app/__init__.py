"""What the scripts share: command line, launching, evaluation, recordings."""

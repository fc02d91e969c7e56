"""What a user can mend ends a script with one line, not with a stack trace."""

from __future__ import annotations

from pushgrasp.program import UserError, readable_errors

__all__ = ["UserError", "readable_errors"]

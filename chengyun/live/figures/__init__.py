"""Series of figures, and what recurs."""

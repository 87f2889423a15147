"""Registries as spreadsheets: export of what a viewer may see, and import that shows first what it would change.

A domain declares a `Sheet` (its columns, its key, the action that saves a line) in its `sheets.py` and names it in its
admin page (`pages.WithSheet`). Reading (`reading`), planning (`plan`), writing XLSX (`writing`) and the pages (`pages`)
are the same for all of them.
"""

from chengyun.kernel.sheets.columns import Change, Column, Sheet, Viewer

__all__ = ["Change", "Column", "Sheet", "Viewer"]

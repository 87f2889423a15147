"""Who goes with whom: pairs of the greatest total likeness."""

from __future__ import annotations

from collections.abc import Sequence


def pairs(likeness: Sequence[Sequence[float]], least: float) -> list[tuple[int, int]]:
    """Rows paired with columns, each once, so that the sum of what they have above `least` is the greatest.

    Pairs not above `least` are left out. Optimal (shortest augmenting paths, cubic in the smaller side).
    """
    if not likeness or not likeness[0]:
        return []
    rows, columns = len(likeness), len(likeness[0])
    if rows > columns:
        turned = [[likeness[row][column] for row in range(rows)] for column in range(columns)]
        return sorted((row, column) for column, row in pairs(turned, least))
    gain = [[max(0.0, value - least) for value in row] for row in likeness]
    holder = _holders(gain, rows, columns)
    return sorted((row, column) for column, row in enumerate(holder) if row >= 0 and gain[row][column] > 0.0)


def _holders(gain: Sequence[Sequence[float]], rows: int, columns: int) -> list[int]:
    """For each column the row that holds it, -1 where none does. Every row gets one; rows <= columns."""
    row_price, column_price = [0.0] * rows, [0.0] * columns
    holder = [-1] * columns
    for start in range(rows):
        # Dijkstra over columns by reduced cost (-gain), from the new row to the nearest free column.
        distance, before, done = [float("inf")] * columns, [-1] * columns, [False] * columns
        row, column, reached = start, -1, 0.0
        while True:
            for other in range(columns):
                if not done[other]:
                    step = reached - gain[row][other] - row_price[row] - column_price[other]
                    if step < distance[other]:
                        distance[other], before[other] = step, column
            column = min((other for other in range(columns) if not done[other]), key=distance.__getitem__)
            reached, done[column] = distance[column], True
            if holder[column] < 0:
                break
            row = holder[column]
        row_price[start] += reached
        for other in range(columns):
            if done[other] and other != column:
                row_price[holder[other]] += reached - distance[other]
                column_price[other] -= reached - distance[other]
        while column >= 0:  # along the path every row hands its column on
            previous = before[column]
            holder[column] = holder[previous] if previous >= 0 else start
            column = previous
    return holder

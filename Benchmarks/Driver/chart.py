"""Draws how far each row is from its bar, on a scale of powers of ten."""

import math
from html import escape

WIDTH, LEFT, LINE = 960, 380, 22
LOWEST, HIGHEST = 0.01, 100


def place(margin):
    """Where a margin lies across the picture."""
    part = math.log10(min(HIGHEST, max(LOWEST, margin)) / LOWEST) / math.log10(HIGHEST / LOWEST)
    return LEFT + part * (WIDTH - LEFT - 80)


def drawn(rows):
    height = 70 + LINE * len(rows)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
             '<text x="16" y="24" font-size="15">Times better than the bar (right of the line: met)'
             '</text>']
    for power in range(-2, 3):
        x = place(10.0 ** power)
        parts.append(f'<line x1="{x:.0f}" y1="50" x2="{x:.0f}" y2="{height - 12}" '
                     f'stroke="{"#222222" if power == 0 else "#dddddd"}"/>')
        parts.append(f'<text x="{x:.0f}" y="44" text-anchor="middle">{10.0 ** power:g}</text>')
    for number, row in enumerate(rows):
        parts += bar(row, 56 + LINE * number)
    return "\n".join(parts + ["</svg>", ""])


def bar(row, y):
    label = escape(f"{row.number}  {row.work}"[:56])
    parts = [f'<text x="16" y="{y + 13}">{label}</text>']
    if row.margin is None:
        return parts + [f'<text x="{LEFT}" y="{y + 13}" fill="#888888">not measured</text>']
    start, end = sorted((place(1), place(row.margin)))
    colour = "#2f7d4f" if row.margin >= 1 else "#b5443a"
    parts.append(f'<rect x="{start:.1f}" y="{y + 3}" width="{max(1.5, end - start):.1f}" '
                 f'height="{LINE - 8}" fill="{colour}"/>')
    parts.append(f'<text x="{WIDTH - 70}" y="{y + 13}">{row.margin:.2f}</text>')
    return parts

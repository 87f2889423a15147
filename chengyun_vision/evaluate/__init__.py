"""How well it sees: what the platform finds in a clip, held against what people marked in it by hand.

reference.py  what was marked, read strictly: boxes in pictures, moments at lines, spells of presence; in several passes
match.py      who goes with whom, and what that comes to; pure
look.py       the platform's own way through the clip, noting what each rule counted
report.py     both together: a document, and the same as a few lines
masking.py    whether a face is left in any picture that would be stored
figures.py    the accuracy figures of a folder of clips, for `bench`
references/   what was marked in public clips; no picture of them
"""

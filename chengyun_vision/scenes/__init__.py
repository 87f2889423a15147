"""Places that the project draws itself, for demonstrations and tests: nobody is on them, and no clip is shipped.

An address is `scene://NAME?seed=7&every=5400&from=1800&for=1500`. What happens there begins `from` seconds after each
`every` seconds of the clock and lasts `for` seconds; the same second of the same clock gives the same picture.

    draw.py    ground, figures, cars, smoke
    places.py  the places by name
    source.py  a place as a source of pictures
"""

from chengyun_vision.scenes.places import PLACES, Place, named
from chengyun_vision.scenes.source import SceneSource

__all__ = ["PLACES", "Place", "SceneSource", "named"]

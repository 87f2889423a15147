"""The camera worker: looks at pictures, identifies nobody, and says what it saw as events with one id each.

It stands alone: no Django, nothing of the platform. Both read one file, the closed vocabulary of what a signal may say.

    vocabulary.py  the kinds of things it may see, from the file that the platform reads too
    refused.py     what no model may put out and no rule may ask for
    frames.py      packets and pictures as they travel through a camera's pipeline
    geometry.py    boxes, lines and zones in 0-1 of the picture
    source/        where pictures come from: files, folders, RTSP, HTTP, media servers
    decode.py      which packets become pictures: off, snapshot, keyframe, full
    change/        has anything changed: packet sizes, motion on a small luma plane, the background
    gate.py        whether a picture is worth a detector: motion, re-check timer, live track, schedule
    health/        is the camera there, and does it see: offline, frozen, dark, blurred, covered, moved
    models/        detectors by manifest: hash, licence, head, preprocessing, class map, golden picture
    track.py       one camera's running tracks; their numbers never leave the event
    rules/         eight primitives, presets over them, events with one id (new, update, end)
    evidence/      masked before it is encoded
    pipeline.py    one camera, from packet to event
    worker/        leases cameras from the server, one process a core, a budget that degrades openly
    cli.py         chengyun vision ...
"""

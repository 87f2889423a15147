"""Pure decisions of video: what may be bound, who holds which camera, how events merge, how long pictures stay."""

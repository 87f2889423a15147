"""Pictures as evidence: masked before they are encoded, kept as briefly as the camera's class allows."""

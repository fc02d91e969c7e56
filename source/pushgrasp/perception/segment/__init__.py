"""From one RGB-D picture to an id picture: what stands on the table, split into objects, one of which is the target."""

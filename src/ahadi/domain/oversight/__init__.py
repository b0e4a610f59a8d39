"""What somebody who looks after others sees of the floor: officers now, what comes first, what may move where."""

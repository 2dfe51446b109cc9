"""The annual mediator award: rules as versioned data, rounds, committee. Must not count what statistics counts."""

"""Pure decisions of this domain: no Django, no I/O, no clock."""

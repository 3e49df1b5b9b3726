"""What a fact is: kinds, types and everything derived from them. No I/O, no request, no clock."""

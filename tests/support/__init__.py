"""What tests share: invented data, generators, and plain reference implementations. Contains no tests."""

"""What tests share: harnesses, doubles, clients and builders."""

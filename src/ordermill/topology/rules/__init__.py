"""The rules that `checks.check` applies, by what they are about. Each yields findings and stops at none."""

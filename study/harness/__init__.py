"""The study's harness: build, prove equal decisions, measure, report."""

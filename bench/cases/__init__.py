"""One module a benchmark. A module joins by defining `BENCHMARKS`, a tuple of `bench.harness.Benchmark`."""

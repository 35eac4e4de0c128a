//go:build race

package env_test

// raceDetector is whether this test was built with -race, which makes it ten times as slow.
const raceDetector = true

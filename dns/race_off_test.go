//go:build !race

package dns_test

// raceDetector says that the tests run under the race detector, which makes them
// many times slower.
const raceDetector = false

// Package provisiontest has what tests around package provision need: Memory, a driver that keeps its resources in memory, and
// TestDriver, the suite that says whether a driver keeps the contract of provision.Driver.
//
// A test of automation gives a Memory for the kinds of its blueprint to provision.NewEngine, lets it be slow, fail or lose replies as
// it likes, and runs in a testing/synctest bubble so that minutes take microseconds. The author of a driver calls TestDriver
// with a Harness that makes worlds to run it in.
package provisiontest

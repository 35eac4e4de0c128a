// Package drivertest is what the tests of the drivers share. Of the suite that every driver passes, provisiontest.TestDriver, it has the parts
// of a world that are the same behind every service: replies that get lost, on the simulation and on an HTTP server, a stranger's things that
// are watched, and counting. For the tests of one driver it has a [Lab].
package drivertest

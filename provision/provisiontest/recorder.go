package provisiontest

import (
	"fmt"
	"runtime"
	"testing"
)

// recorder is a testing.TB that notes failures and tells nobody, for cases that are known to fail.
type recorder struct {
	testing.TB
	failed   bool
	messages []string
}

// run runs f, whose failure ends only f, and reports whether it failed.
func (r *recorder) run(f func()) bool {
	done := make(chan struct{})
	go func() { // FailNow ends its goroutine
		defer close(done)
		f()
	}()
	<-done
	return r.failed
}

func (r *recorder) fail(message string) {
	r.failed = true
	r.messages = append(r.messages, message)
}

func (r *recorder) Error(args ...any)                 { r.fail(fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.fail(fmt.Sprintf(format, args...)) }
func (r *recorder) Fail()                             { r.fail("failed") }
func (r *recorder) Failed() bool                      { return r.failed }

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.fail(fmt.Sprint(args...))
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

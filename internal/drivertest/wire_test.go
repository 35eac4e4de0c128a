package drivertest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// server answers every request with what it was sent.
type server struct{ carriedOut int }

func (s *server) Do(r *http.Request) (*http.Response, error) {
	s.carriedOut++
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func form(t *testing.T, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r
}

func TestOperation(t *testing.T) {
	t.Parallel()
	target := form(t, "{}")
	target.Header.Set("X-Amz-Target", "Logs_20140328.CreateLogGroup")
	rest, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "http://127.0.0.1/2015-03-31/functions/work", nil)
	require.NoError(t, err)
	broken := form(t, "Action=%zz")
	for want, r := range map[string]*http.Request{
		"CreateLogGroup":                    target,
		"RunInstances":                      form(t, "Version=1&Action=RunInstances"),
		"DELETE /2015-03-31/functions/work": rest,
	} {
		op, err := drivertest.Operation(r)
		require.NoError(t, err)
		require.Equal(t, want, op)
	}
	_, err = drivertest.Operation(broken)
	require.Error(t, err)
}

func TestWireLosesOneReplyOfTheRightOperation(t *testing.T) {
	t.Parallel()
	s := &server{}
	config := aws.Config{HTTPClient: s}
	wire := drivertest.NewWire(t, &config, drivertest.Only("RunInstances"), drivertest.Changes)
	send := func(body string) error {
		reply, err := config.HTTPClient.Do(form(t, body))
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		got, err := io.ReadAll(reply.Body)
		require.NoError(t, err)
		require.Equal(t, body, string(got), "the request arrives whole")
		return nil
	}
	require.NoError(t, send("Action=RunInstances"))
	wire.Lose()
	require.NoError(t, send("Action=DescribeInstances"))
	err := send("Action=RunInstances")
	require.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
	require.Equal(t, 3, s.carriedOut, "the server has carried it out")
	require.NoError(t, send("Action=RunInstances"))
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	thing, failure := []string{"a"}, error(nil)
	unchanged, err := drivertest.Unchanged(func() ([]string, error) { return thing, failure })
	require.NoError(t, err)
	thing = []string{"a"}
	require.NoError(t, unchanged())
	thing = []string{"b"}
	require.EqualError(t, unchanged(), "it was [a] and is [b]")
	failure = errors.New("gone")
	require.ErrorIs(t, unchanged(), failure)
}

// watched is a test that can be ended, and says whether it failed.
type watched struct {
	testing.TB
	cleanups []func()
	failed   bool
}

func (w *watched) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }
func (w *watched) Error(...any)     { w.failed = true }

func (w *watched) end() (failed bool) {
	for _, f := range w.cleanups {
		f()
	}
	return w.failed
}

func TestAReplyThatWasNotLostFailsTheTest(t *testing.T) {
	t.Parallel()
	for op, fails := range map[string]bool{"RunInstances": false, "DescribeInstances": true} {
		real := &watched{TB: t}
		config := aws.Config{HTTPClient: &server{}}
		drivertest.NewWire(real, &config, drivertest.Changes, nil).Lose()
		reply, err := config.HTTPClient.Do(form(t, "Action="+op))
		require.Equal(t, fails, err == nil)
		if err == nil {
			require.NoError(t, reply.Body.Close())
		}
		require.Equal(t, fails, real.end(), "over HTTP, %s", op)
	}
}

// echo is a simulated service that knows two operations.
type echo struct{}

func (echo) Serve(_ context.Context, call *sim.Call) (any, error) {
	if call.Op == "DeleteQueue" {
		return &sqs.DeleteQueueOutput{}, nil
	}
	return &sqs.ListQueuesOutput{}, nil
}

func TestLoseReplyAndHide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		cloud.Register(sqs.ServiceID, echo{})
		client := sqs.NewFromConfig(cloud.Config(), func(o *sqs.Options) { o.RetryMaxAttempts = 1 })
		list := func() error { _, err := client.ListQueues(t.Context(), &sqs.ListQueuesInput{}); return err }
		remove := func() error {
			_, err := client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String("https://sqs/jobs")})
			return err
		}
		real := &watched{TB: t}
		lose := drivertest.LoseReply(real, cloud, drivertest.Only("DeleteQueue"))
		require.False(t, real.end())
		lose()
		require.NoError(t, list())
		require.True(t, real.end(), "nothing was lost")
		real.failed = false
		require.Error(t, remove())
		require.NoError(t, remove())
		require.False(t, real.end())

		gone := sim.Error("QueueDoesNotExist", "there is none", http.StatusBadRequest)
		hide := drivertest.Hide(cloud, gone, "ListQueues")
		show := hide()
		require.NoError(t, remove())
		require.ErrorContains(t, list(), "there is none")
		require.NoError(t, list(), "once")
		show()
		hide()()
		require.NoError(t, list(), "it was shown again before it was read")
	})
}

// slow is a server that notes how many requests it has at the same time.
type slow struct {
	mu        sync.Mutex
	now, most int
}

func (s *slow) Do(r *http.Request) (*http.Response, error) {
	s.count(1)
	time.Sleep(time.Second)
	s.count(-1)
	return (&server{}).Do(r)
}

func (s *slow) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += n
	s.most = max(s.most, s.now)
}

func TestSomeRequestsAreSentOneAtATime(t *testing.T) {
	t.Parallel()
	for op, most := range map[string]int{"CreateLaunchTemplate": 1, "RunInstances": 4} {
		synctest.Test(t, func(t *testing.T) {
			s := &slow{}
			config := aws.Config{HTTPClient: s}
			drivertest.NewWire(t, &config, drivertest.Changes, drivertest.Only("CreateLaunchTemplate"))
			var wait sync.WaitGroup
			for range 4 {
				r := form(t, "Action="+op)
				wait.Go(func() {
					if reply, err := config.HTTPClient.Do(r); err == nil {
						_ = reply.Body.Close()
					}
				})
			}
			wait.Wait()
			require.Equal(t, most, s.most, op)
		})
	}
}

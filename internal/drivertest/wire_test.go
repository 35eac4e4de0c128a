package drivertest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
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

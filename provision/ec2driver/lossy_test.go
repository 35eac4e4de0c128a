package ec2driver_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// lossyTransport loses the reply to one request that changes something: the server has carried it out, and the client
// sees a connection that was reset.
//
// It sends creates of launch templates one at a time, because moto looks whether a name is taken and takes it in two steps:
// of requests at the same time, once in a while two succeed.
type lossyTransport struct {
	aws.HTTPClient
	armed     atomic.Bool
	templates sync.Mutex
}

func (l *lossyTransport) lose() { l.armed.Store(true) }

// Do sends a request.
func (l *lossyTransport) Do(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	if strings.Contains(string(body), "Action=CreateLaunchTemplate&") {
		l.templates.Lock()
		defer l.templates.Unlock()
	}
	response, err := l.HTTPClient.Do(request)
	if err != nil || strings.Contains(string(body), "Action=Describe") || !l.armed.CompareAndSwap(true, false) {
		return response, err
	}
	_ = response.Body.Close()
	return nil, syscall.ECONNRESET
}

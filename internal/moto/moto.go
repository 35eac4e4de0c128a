// Package moto starts moto_server, an emulator of AWS that speaks the real wire
// protocols over HTTP, for tests that want to see their requests parsed by a
// program they share no code with.
//
// It is a second opinion and no more: moto accepts much that AWS refuses. A test
// that runs on it lists what it cannot prove there, with the reasons.
//
//	server := moto.Start(t) // skips t, and says so, where moto_server is missing
//	client := route53.NewFromConfig(server.Config())
package moto

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// program is looked up on PATH.
const program = "moto_server"

// Starting Python takes a second on a quiet machine and far longer on a busy one.
const startTimeout = 90 * time.Second

// Server is one running moto_server. It is safe for concurrent use.
type Server struct {
	// URL is where it listens, such as "http://127.0.0.1:40123".
	URL string

	command *exec.Cmd
	exited  chan struct{} // closed when the program has ended and was reaped
}

// shared is the server of this test process. Tests that overlap use one server,
// because each costs a second of start-up and a hundred megabytes; the last one
// to end stops it. What a test makes is visible to the others, so names must be
// its own.
var shared struct {
	sync.Mutex
	server *Server
	users  int
}

// Start returns the running server of this test process, starting it if need be,
// and gives it back when t ends. A test on a machine without moto_server is
// skipped, with a line that says how to install it; a server that does not come
// up fails t.
func Start(t testing.TB) *Server {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("SKIPPED, NOTHING PROVEN: %s is not on PATH (pip install 'moto[server]'): %v", program, err)
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		server, err := start(path)
		if err != nil {
			t.Fatalf("starting %s: %v", path, err)
		}
		shared.server = server
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users == 0 {
			shared.server.stop()
			shared.server = nil
		}
	})
	return shared.server
}

// Config returns a configuration that reaches this server and nothing else:
// fixed credentials and region, no file or variable of the machine is read, no
// proxy is used, and a connection to anything but loopback is refused.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(s.URL),
		HTTPClient:   &http.Client{Transport: loopbackOnly()},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "testing", SecretAccessKey: "testing", Source: "moto"}, nil
		}),
	}
}

// start runs the program on a port that the kernel picks, so that no other
// process can take it between choosing and binding, and waits until it answers.
func start(path string) (*Server, error) {
	command := exec.CommandContext(context.Background(), path, "-H", "127.0.0.1", "-p", "0")
	output, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Stdout, command.Stderr = input, input
	err = command.Start()
	_ = input.Close()
	if err != nil {
		_ = output.Close()
		return nil, err
	}
	server := &Server{command: command, exited: make(chan struct{})}
	go func() {
		defer close(server.exited)
		_ = command.Wait() // it is killed in the end, which is no news
	}()
	listening := make(chan string, 1)
	go announce(output, listening)

	deadline := time.After(startTimeout)
	select {
	case server.URL = <-listening:
	case <-server.exited:
		return nil, errors.New("it ended before it listened")
	case <-deadline:
		server.stop()
		return nil, fmt.Errorf("it did not listen within %v", startTimeout)
	}
	if err := server.answers(); err != nil {
		server.stop()
		return nil, err
	}
	return server, nil
}

var listensOn = regexp.MustCompile(`Running on (http://\S+)`)

// announce sends the address that the program prints and then reads on to the
// end: a full pipe would block the server.
func announce(output io.ReadCloser, listening chan<- string) {
	defer output.Close()
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if found := listensOn.FindStringSubmatch(lines.Text()); found != nil {
			listening <- found[1]
			break
		}
	}
	_, _ = io.Copy(io.Discard, output)
}

// answers makes the first request: the socket is open before the program is
// ready, so this waits for as long as it takes.
func (s *Server) answers() error {
	address, err := url.JoinPath(s.URL, "moto-api/data.json")
	if err != nil {
		return err
	}
	client := &http.Client{Transport: loopbackOnly(), Timeout: startTimeout}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	return nil
}

// stop ends this very process and waits until it is gone.
func (s *Server) stop() {
	_ = s.command.Process.Kill() // an error means that it has ended already
	<-s.exited
}

// loopbackOnly is a transport that cannot leave the machine.
func loopbackOnly() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
				return nil, fmt.Errorf("moto: refusing to connect to %s: a test stays on loopback", address)
			}
			return dialer.DialContext(ctx, network, address)
		},
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     30 * time.Second,
	}
}

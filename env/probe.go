package env

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Prober asks an environment whether it works. It returns nil only when it does; an error stops the verb. It is called outside
// of any transaction and may take as long as its ctx lets it.
type Prober func(ctx context.Context, t Target) error

// Target is what a probe dials.
type Target struct {
	Environment string // the id
	Host        string // the entrance's host at AWS: dial this one; "" for a worker
	Name        string // the name that users will call: send it as Host header and TLS server name
}

// HTTP returns a probe that GETs the path over HTTPS, or over HTTP for a URL-like path "http:/path", until the answer's status
// is 2xx or 3xx, or for 5 minutes unless ctx ends earlier; between two tries it waits 2 seconds. It dials [Target.Host] and sends [Target.Name]: the name
// itself is never asked of DNS, since a name that is asked for before it exists is remembered as missing for up to 15 minutes
// (RFC 2308; the negative TTL of a Route 53 zone's SOA record is 900 seconds).
//
// It asks the network, from a test as well: nothing in packages envtest and awstest answers HTTP. A program that probes is
// tested with a Prober of the test's.
func HTTP(path string) Prober {
	scheme, port := "https", "443"
	if p, ok := strings.CutPrefix(path, "http:"); ok {
		scheme, port, path = "http", "80", p
	}
	return func(ctx context.Context, t Target) error {
		if t.Host == "" {
			return fmt.Errorf("there is no entrance to ask over %s", scheme)
		}
		dialer := &net.Dialer{Timeout: 10 * time.Second}
		transport := &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, net.JoinHostPort(t.Host, port))
			},
			TLSClientConfig:   &tls.Config{ServerName: t.Name, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true,
		}
		client := &http.Client{
			Transport: transport, Timeout: 30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		url := scheme + "://" + t.Name + "/" + strings.TrimPrefix(path, "/")
		for {
			err := get(ctx, client, url)
			if err == nil {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s at %s: %w: last answer: %w", url, t.Host, context.Cause(ctx), err)
			case <-time.After(2 * time.Second):
			}
		}
	}
}

func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)); err != nil {
		return err
	}
	if resp.StatusCode >= 400 {
		return fmt.Errorf("status %s", resp.Status)
	}
	return nil
}

func (v *verb) probe(ctx context.Context, t Target) error {
	if v.opts.probe == nil {
		return nil
	}
	v.emit(Waiting{Op: v.op, Subject: v.subject, For: "the probe of " + t.Environment})
	if err := v.opts.probe(ctx, t); err != nil {
		return fmt.Errorf("probe of %s: %w", t.Environment, err)
	}
	return nil
}

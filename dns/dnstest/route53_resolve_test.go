package dnstest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	require.NoError(t, r.Edit(zoneID,
		create(dnstest.Set("live.example.com", typeCNAME, 60, "Env.example.com.")),
		create(dnstest.Set("env.example.com", typeCNAME, 60, "LB.example.net")),
		create(dnstest.Set("dangling.example.com", typeCNAME, 60, "gone.example.com")),
		create(dnstest.Set("ping.example.com", typeCNAME, 60, "pong.example.com")),
		create(dnstest.Set("pong.example.com", typeCNAME, 60, "ping.example.com")),
		create(host), create(note),
		create(dnstest.Alias("example.com", typeA, zoneID, "host.example.com")),
		create(dnstest.Alias("lb.example.com", typeA, "ZALB", "lb2.example.net")),
	))
	child := r.AddZone("child.example.com", false)
	require.NoError(t, r.Edit(child, create(dnstest.Set("www.child.example.com", typeCNAME, 60, "child.example.net"))))
	require.NoError(t, r.Edit(zoneID, create(dnstest.Set("www.child.example.com", typeCNAME, 60, "parent.example.net"))))
	for name, want := range map[string]string{
		"www.child.example.com": "child.example.net",
		"live.example.com":      "lb.example.net",
		"LIVE.example.com.":     "lb.example.net",
		"host.example.com":      "host.example.com",
		"example.com":           "host.example.com",
		"lb.example.com":        "lb2.example.net",
		"elsewhere.net":         "elsewhere.net",
		"dangling.example.com":  "",
		"ping.example.com":      "",
		"note.example.com":      "",
		"nothing.example.com":   "",
		"x..example.com":        "",
	} {
		got, ok := r.Resolve(name)
		require.Equal(t, want, got, name)
		require.Equal(t, want != "", ok, name)
	}
}

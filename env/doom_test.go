package env_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// The reply to the batch that makes the record terminating is lost, and before a new stamp gives the program another change to wait
// for, somebody else has stamped the record. The program knows that its batch has won and has nothing to wait for; it must
// not take that for being everywhere.
func TestTerminateDeletesNothingEarlyWhenItsChangeHasNoID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		one := deployed(t, w.Manager, w.Commit("one"), shop())
		p := w.Process(t, "terminator")
		comment := func(c *dnstest.Call) string {
			if in, ok := c.Input.(*route53.ChangeResourceRecordSetsInput); ok && c.Process == "terminator" {
				return aws.ToString(in.ChangeBatch.Comment) + "!"
			}
			return ""
		}
		w.Route53.Inject(dnstest.Fault{
			Match: func(c *dnstest.Call) bool { return strings.HasPrefix(comment(c), "terminate ") }, Times: 1, Kind: dnstest.LostReply,
		})
		var once sync.Once
		w.Route53.Inject(dnstest.Fault{Kind: dnstest.Delay, Match: func(c *dnstest.Call) bool {
			if comment(c) == "!" { // the new stamp is on its way
				once.Do(func() {
					_, err := w.Zone.Restamp(t.Context(), one.ID+"._env."+envtest.Base)
					require.NoError(t, err)
				})
			}
			return false
		}})

		_, err := p.Terminate(t.Context(), one.ID)
		require.NoError(t, err)
		h := replay(w.Route53.Batches(w.ZoneID), envtest.Base)
		require.Empty(t, h.problems)
		deletes := 0
		for _, c := range w.Memory.Calls() {
			if c.Op == provisiontest.OpDelete {
				deletes++
				require.True(t, h.doomed(c.Attempt, c.At), "%s is deleted at %v", c.Node, c.At)
			}
		}
		require.Positive(t, deletes)
		_, err = w.Describe(t.Context(), one.ID)
		require.ErrorIs(t, err, env.ErrNotFound)
	})
}

package dnstest

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// maxHops is how many CNAMEs a resolver follows before it gives up.
const maxHops = 16

// Resolve answers as a resolver without a cache does that asks the name servers for an address: it follows CNAMEs and
// aliases through the zones of this Route 53, as far as changes are INSYNC, and returns the last name, in lower case and
// without the trailing dot. That is the first name outside of these zones, or one in them that has an A or AAAA record.
// It reports false if a name on the way does not exist or has no address, or if CNAMEs go in circles. Among zones of one
// name the first decides. Wildcards are not expanded, and of weighted records the first in order is taken.
func (r *Route53) Resolve(name string) (host string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle()
	current, err := normal(name)
	for range maxHops {
		if err != nil {
			return "", false
		}
		z := r.authority(current)
		if z == nil {
			return strings.TrimSuffix(current, "."), true
		}
		next, address := follow(z.served.at(current))
		if address {
			return strings.TrimSuffix(current, "."), true
		}
		if next == "" {
			return "", false
		}
		current, err = normal(next)
	}
	return "", false
}

// authority returns the zone with the longest name that a name lies within, or nil.
func (r *Route53) authority(name string) *zone {
	var best *zone
	for _, z := range r.created {
		if within(name, z.name) && (best == nil || len(z.name) > len(best.name)) {
			best = z
		}
	}
	return best
}

// follow looks at the record sets of a name for the next name to ask about, or for an address.
func follow(sets []types.ResourceRecordSet) (next string, address bool) {
	for _, set := range sets {
		switch {
		case set.Type != types.RRTypeA && set.Type != types.RRTypeAaaa && set.Type != types.RRTypeCname:
			continue
		case set.AliasTarget != nil:
			return aws.ToString(set.AliasTarget.DNSName), false
		case set.Type == types.RRTypeCname:
			return aws.ToString(set.ResourceRecords[0].Value), false
		default:
			return "", true
		}
	}
	return "", false
}

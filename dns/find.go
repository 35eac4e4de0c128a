package dns

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"
)

// Find returns the id of the hosted zone of exactly that domain. It does not
// guess: with several zones of the name, as when a public zone has a private
// twin, it returns an [*AmbiguousZoneError]; with none, a [*NoZoneError] that
// names the nearest parent domain which has one.
func Find(ctx context.Context, api API, name string) (zoneID string, err error) {
	c := newCaller(api)
	name = Name(name)
	zones, err := c.zonesNamed(ctx, name)
	if err != nil {
		return "", err
	}
	switch len(zones) {
	case 1:
		return zones[0].ID, nil
	case 0:
		parent, err := c.parentZone(ctx, name)
		if err != nil {
			return "", err
		}
		return "", &NoZoneError{Name: name, Parent: parent}
	}
	return "", &AmbiguousZoneError{Name: name, Zones: zones}
}

// parentZone returns the nearest domain above name that has a zone, or "".
func (c *caller) parentZone(ctx context.Context, name string) (string, error) {
	for {
		_, parent, ok := strings.Cut(name, ".")
		if !ok {
			return "", nil
		}
		zones, err := c.zonesNamed(ctx, parent)
		if err != nil {
			return "", err
		}
		if len(zones) > 0 {
			return parent, nil
		}
		name = parent
	}
}

// zonesNamed lists the zones of a name. The name in the request is a position in
// the list of all zones and not a filter, so the answer is compared.
func (c *caller) zonesNamed(ctx context.Context, name string) ([]Candidate, error) {
	var found []Candidate
	in := &route53.ListHostedZonesByNameInput{DNSName: aws.String(wireName(name)), MaxItems: aws.Int32(10)}
	for {
		var out *route53.ListHostedZonesByNameOutput
		err := c.read(ctx, "", "looking for the hosted zone of "+name, func(ctx context.Context) (_ middleware.Metadata, err error) {
			if out, err = c.api.ListHostedZonesByName(ctx, in); err != nil {
				return middleware.Metadata{}, err
			}
			return out.ResultMetadata, nil
		})
		if err != nil {
			return nil, err
		}
		for _, zone := range out.HostedZones {
			if Name(aws.ToString(zone.Name)) != name {
				return found, nil
			}
			found = append(found, Candidate{ID: trimZoneID(aws.ToString(zone.Id)), Private: isPrivate(zone)})
		}
		if !out.IsTruncated || Name(aws.ToString(out.NextDNSName)) != name {
			return found, nil
		}
		in.DNSName, in.HostedZoneId = out.NextDNSName, out.NextHostedZoneId
	}
}

func isPrivate(zone types.HostedZone) bool { return zone.Config != nil && zone.Config.PrivateZone }

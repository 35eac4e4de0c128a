package dnstest

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

const (
	maxComment       = 256 // characters of ChangeBatch.Comment
	maxSetIdentifier = 128
	maxWeight        = 255
)

// checkInput refuses a batch that is malformed whatever the zone holds. Route 53 answers those with InvalidInput.
func checkInput(batch *types.ChangeBatch) error {
	if n := utf8.RuneCountInString(aws.ToString(batch.Comment)); n > maxComment {
		return invalidInput("Comment has %d characters, more than %d", n, maxComment)
	}
	if len(batch.Changes) == 0 {
		return invalidInput("Changes must have at least one element")
	}
	for _, c := range batch.Changes {
		if !slices.Contains(c.Action.Values(), c.Action) {
			return invalidInput("Action must be one of CREATE, DELETE, UPSERT, not '%s'", c.Action)
		}
		set := c.ResourceRecordSet
		if !slices.Contains(set.Type.Values(), set.Type) {
			return invalidInput("Unknown Type in Change with %s", describe(c))
		}
		if err := checkKind(c); err != nil {
			return err
		}
		if err := checkRouting(c); err != nil {
			return err
		}
		if ttl := aws.ToInt64(set.TTL); ttl < 0 || ttl > math.MaxInt32 {
			return invalidInput("TTL %d is out of range in Change with %s", ttl, describe(c))
		}
	}
	return nil
}

// checkKind wants a record set to be either an alias, or a TTL with values.
func checkKind(c types.Change) error {
	set := c.ResourceRecordSet
	var found []string
	if set.AliasTarget != nil {
		found = append(found, "AliasTarget")
	}
	switch hasTTL, hasValues := set.TTL != nil, len(set.ResourceRecords) > 0; {
	case hasTTL && hasValues:
		found = append(found, "all of [TTL, and ResourceRecords]")
	case hasTTL || hasValues:
		found = append(found, "some of [TTL, and ResourceRecords]")
	}
	if set.TrafficPolicyInstanceId != nil {
		found = append(found, "TrafficPolicyInstanceId")
	}
	if len(found) == 1 && !strings.HasPrefix(found[0], "some") {
		return nil
	}
	but := "none"
	if len(found) > 0 {
		but = strings.Join(found, ", ")
	}
	return invalidInput("Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "+
		"TrafficPolicyInstanceId], but found %s in Change with %s", but, describe(c))
}

// checkRouting wants a set identifier and exactly one routing policy together, or neither.
func checkRouting(c types.Change) error {
	set := c.ResourceRecordSet
	policies := routing(*set)
	switch {
	case set.SetIdentifier == nil && len(policies) > 0:
		return invalidInput("Missing field 'SetIdentifier' in Change with %s", describe(c))
	case set.SetIdentifier != nil && len(policies) != 1:
		but := "none"
		if len(policies) > 0 {
			but = "more than one"
		}
		return invalidInput("Expected exactly one of [Weight, Region, Failover, GeoLocation, GeoProximityLocation, "+
			"CidrRoutingConfig, or MultiValueAnswer], but found %s in Change with %s", but, describe(c))
	case set.SetIdentifier != nil && (*set.SetIdentifier == "" || len(*set.SetIdentifier) > maxSetIdentifier):
		return invalidInput("SetIdentifier must have 1 to %d characters in Change with %s", maxSetIdentifier, describe(c))
	case set.Weight != nil && (*set.Weight < 0 || *set.Weight > maxWeight):
		return invalidInput("Weight must be between 0 and %d in Change with %s", maxWeight, describe(c))
	}
	return nil
}

// routing names the routing policies of a record set; a simple one has none.
func routing(set types.ResourceRecordSet) []string {
	var policies []string
	for _, p := range []struct {
		name    string
		present bool
	}{
		{"Weight", set.Weight != nil},
		{"Region", set.Region != ""},
		{"Failover", set.Failover != ""},
		{"GeoLocation", set.GeoLocation != nil},
		{"GeoProximityLocation", set.GeoProximityLocation != nil},
		{"CidrRoutingConfig", set.CidrRoutingConfig != nil},
		{"MultiValueAnswer", aws.ToBool(set.MultiValueAnswer)},
	} {
		if p.present {
			policies = append(policies, p.name)
		}
	}
	return policies
}

// describe names a change as the messages of Route 53 do.
func describe(c types.Change) string {
	set := c.ResourceRecordSet
	id := "null"
	if set.SetIdentifier != nil {
		id = *set.SetIdentifier
	}
	name := aws.ToString(set.Name)
	if n, err := normal(name); err == nil {
		name = n
	}
	return "[Action=" + string(c.Action) + ", Name=" + name + ", Type=" + string(set.Type) + ", SetIdentifier=" + id + "]"
}

package provision

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	policyPlace = regexp.MustCompile(`^[a-z0-9*-]*$`)
	policyBase  = regexp.MustCompile(`^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\*)?$`)
	policyZone  = regexp.MustCompile(`^([A-Z0-9]+|\*)?$`)
)

// clean returns the options written as the tags and the zone have them, and refuses what would say something else in a policy than its
// author means: stars, question marks and variables are more than characters there.
func (o PolicyOptions) clean() (PolicyOptions, error) {
	o.Base = strings.ToLower(strings.TrimSuffix(o.Base, "."))
	o.Zone = strings.TrimPrefix(o.Zone, "/hostedzone/") // as Route 53 writes it
	for _, field := range []struct {
		name, value string
		form        *regexp.Regexp
		want        string
	}{
		{"Partition", o.Partition, policyPlace, `a word such as "aws"`},
		{"Account", o.Account, policyPlace, "twelve digits"},
		{"Region", o.Region, policyPlace, `a word such as "eu-central-1"`},
		{"Base", o.Base, policyBase, "a DNS name without a star"},
		{"Zone", o.Zone, policyZone, "the id of a hosted zone"},
	} {
		if !field.form.MatchString(field.value) {
			return o, fmt.Errorf("provision: PolicyOptions.%s %q is not %s", field.name, field.value, field.want)
		}
	}
	if !isAny(o.App) && len(namesOf(o.App)) == 0 {
		return o, fmt.Errorf("provision: PolicyOptions.App %q has no letter or digit that names could begin with: "+
			"the policy could not tell the application's resources by their names", o.App)
	}
	for _, key := range o.Keys {
		if strings.Contains(key, ":alias/") {
			return o, fmt.Errorf("provision: PolicyOptions.Keys has the alias %s, but IAM decides on a key by its own ARN: name that", key)
		}
	}
	return o, nil
}

// alternatives are the operators of conditions for which any of the values has to match, so that the values of two conditions are
// together what either allows.
var alternatives = map[string]bool{"StringEquals": true, "StringLike": true, "ArnEquals": true, "ArnLike": true}

// together joins actions that differ only in the values of one condition, such as the service that a role is passed to.
func together(needs []Action) []Action {
	var all []Action
	for _, a := range needs {
		i := slices.IndexFunc(all, func(b Action) bool {
			return a.Name == b.Name && a.Tags == b.Tags && slices.Equal(a.Resources, b.Resources) && len(a.When) == 1 && len(b.When) == 1 &&
				a.When[0].Operator == b.When[0].Operator && a.When[0].Key == b.When[0].Key && alternatives[a.When[0].Operator]
		})
		if i < 0 {
			a.When = slices.Clone(a.When)
			all = append(all, a)
			continue
		}
		all[i].When[0].Values = slices.Concat(all[i].When[0].Values, a.When[0].Values)
	}
	return all
}

// has reports whether there is a condition of that operator and key already. IAM does not heed the case of keys.
func (c conditions) has(operator, key string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(c[operator])), func(other string) bool { return strings.EqualFold(key, other) })
}

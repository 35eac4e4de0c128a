package ssmtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Parameter is a parameter as it is at one moment, for tests to look at. It shares nothing with the service.
type Parameter struct {
	// Region, Name (a path, perhaps) and ARN of the parameter.
	Region, Name, ARN string
	// Type is String or StringList, Tier is Standard or Advanced.
	Type, Tier string
	// Value of the latest version.
	Value string
	// Description of the parameter.
	Description string
	// Version counts the values that it has had, from 1.
	Version int
	// Tags of the parameter.
	Tags map[string]string
	// Modified is when the latest version was made.
	Modified time.Time
}

// Parameters returns all parameters of all regions, also those that are not known yet, in the order of regions and names. It
// is no call: nothing is recorded, and no fault strikes.
func (s *SSM) Parameters() []Parameter {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Parameter
	for _, p := range s.parameters {
		all = append(all, p.snapshot())
	}
	slices.SortFunc(all, func(a, b Parameter) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func (p *parameter) snapshot() Parameter {
	return Parameter{
		Region: p.region, Name: p.name, ARN: p.arn,
		Type: string(p.typ), Tier: string(p.tier), Value: p.value,
		Description: aws.ToString(p.description),
		Version:     int(p.version),
		Tags:        maps.Clone(p.tags),
		Modified:    p.modified,
	}
}

// AddParameter makes a standard parameter of the type String by somebody else's hand, in the region of the cloud: no call is
// recorded, no fault strikes, and it is known at once. It refuses what PutParameter would refuse; for the parameters of AWS
// itself there is [SSM.Publish].
func (s *SSM) AddParameter(name, value string, tags map[string]string) (Parameter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	p, err := s.put(s.cloud.Options().Region, in)
	if err != nil {
		return Parameter{}, fmt.Errorf("ssmtest: adding %s: %w", name, err)
	}
	p.usable = p.modified
	return p.snapshot(), nil
}

// Publish makes a parameter of AWS's own, in the region of the cloud, such as those that hold the ids of its latest images,
// /aws/service/ami-amazon-linux-latest/...; or gives it another value, as AWS does when there is a newer image. Everybody can get
// it, but it is in no account: it is not listed, has no tags, and nobody can write or delete it. Other names are refused.
func (s *SSM) Publish(name, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.HasPrefix(name, publicPath) || !pathName.MatchString(name) || value == "" {
		return fmt.Errorf("ssmtest: publishing %q: AWS's own parameters are below %s and have a value", name, publicPath)
	}
	k := key{s.cloud.Options().Region, name}
	version := int64(1)
	if old := s.published[k]; old != nil {
		version = old.version + 1
	}
	s.published[k] = &parameter{
		region: k.region, name: name, arn: fmt.Sprintf("arn:aws:ssm:%s::parameter%s", k.region, name),
		typ: types.ParameterTypeString, value: value, version: version, modified: time.Now(),
	}
	return nil
}

// publicPath is where the parameters are that AWS publishes (Systems Manager user guide, discovering public parameters).
const publicPath = "/aws/service/"

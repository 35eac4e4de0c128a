package ssmdriver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const (
	// folder is where all parameters are.
	folder = "/peppercorn/"
	// maxName is the longest name of a parameter within the folder. Systems Manager allows far more, in total.
	maxName = 255
)

// Create makes the parameter that c asks for, or returns the one that an earlier call for the same node, environment and
// attempt has made. It waits for up to [Options.Appear] if a parameter of that name was deleted, which happens when a
// resource that was deleted by hand is put back. A parameter of that name that is somebody else's is a
// [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	p, err := parameterOf(c)
	if err != nil {
		return provision.State{}, err
	}
	in, err := inputOf(c, p)
	if err != nil {
		return provision.State{}, fmt.Errorf("ssmdriver: node %q: %w", c.Node, err)
	}
	name := aws.ToString(in.Name)
	var (
		there   *types.Parameter
		tags    map[string]string
		refusal error // by which PutParameter said that the name is taken
	)
	err = d.retry(ctx, unsettled, func() error {
		_, refusal = d.api.PutParameter(ctx, in)
		if refusal != nil && !taken(refusal) {
			return refusal
		}
		if tags, err = d.tags(ctx, name); err != nil {
			return err
		}
		there, err = d.get(ctx, name)
		return err
	})
	switch {
	case err != nil && taken(refusal) && unknown(err):
		return provision.State{}, fmt.Errorf("ssmdriver: creating parameter %s: one of this name %w: %w", name,
			provision.ErrDeleting, errors.Join(refusal, err))
	case err != nil:
		return provision.State{}, fmt.Errorf("ssmdriver: creating parameter %s: %w", name, err)
	}
	if err := c.CheckOwner(kinds.ParameterKind, name, tags); err != nil {
		return provision.State{}, err
	}
	if there.Type != in.Type || aws.ToString(there.Value) != aws.ToString(in.Value) {
		return provision.State{}, fmt.Errorf("ssmdriver: parameter %s of node %q exists, is ours, and is not what the blueprint "+
			"says, but version %d, a %s; somebody changed it by hand (put it back, or terminate the environment and deploy "+
			"again)", name, c.Node, there.Version, there.Type)
	}
	s := stateOf(name, aws.ToString(there.ARN))
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

func taken(err error) bool {
	var exists *types.ParameterAlreadyExists
	return errors.As(err, &exists)
}

// inputOf writes a parameter in the words of Systems Manager. It is a pure function of c.
func inputOf(c provision.Call, p kinds.Parameter) (*ssm.PutParameterInput, error) {
	in := &ssm.PutParameterInput{
		Name:      aws.String(nameOf(c)),
		Value:     aws.String(string(p.Value)),
		Type:      types.ParameterTypeString,
		Tier:      types.ParameterTierStandard, // or the account's default decides, which may cost money
		Overwrite: aws.Bool(false),
	}
	if p.Advanced {
		in.Tier = types.ParameterTierAdvanced
	}
	if p.Description != "" {
		in.Description = aws.String(p.Description)
	}
	if len(p.Values) > 0 {
		items := make([]string, len(p.Values))
		for i, item := range p.Values {
			if items[i] = string(item); items[i] == "" || strings.Contains(items[i], ",") {
				return nil, fmt.Errorf("Values[%d] is %q; in a list, whose items are joined by commas, no item may be empty or "+
					"hold one", i, items[i])
			}
		}
		in.Type, in.Value = types.ParameterTypeStringList, aws.String(strings.Join(items, ","))
	}
	in.Tags = taglist.Of(c.Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	return in, nil
}

func (d *Driver) get(ctx context.Context, name string) (*types.Parameter, error) {
	out, err := d.api.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(name)})
	if err != nil {
		return nil, err
	}
	return out.Parameter, nil
}

func (d *Driver) tags(ctx context.Context, name string) (map[string]string, error) {
	out, err := d.api.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
		ResourceType: types.ResourceTypeForTaggingParameter,
		ResourceId:   aws.String(name),
	})
	if err != nil {
		return nil, err
	}
	return taglist.Map(out.TagList, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }), nil
}

func nameOf(c provision.Call) string { return folder + c.Name(maxName, "") }

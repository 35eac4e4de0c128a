package dynamodbdriver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a table.
const maxName = 255

// errNoTags says that no tags are seen on a table, which those of a new one may not be for a moment.
var errNoTags = errors.New("it has no tags, or none that can be seen yet")

// Create begins to make the table that c asks for, or returns the one that an earlier call for the same node, environment and
// attempt has made. A table of that name that is somebody else's is a [provision.ForeignError], and one of ours that is on
// its way out an ErrDeleting.
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	t, err := tableOf(c)
	if err != nil {
		return provision.State{}, err
	}
	name := c.Name(maxName, "")
	_, err = d.api.CreateTable(ctx, request(c, name, t))
	existed := inUse(err)
	if err != nil && !existed {
		return provision.State{}, fmt.Errorf("dynamodbdriver: creating table %s: %w", name, err)
	}
	table, tags, err := d.see(ctx, name)
	switch {
	case unknown(err) && existed: // it was on its way out, and is gone now
		return provision.State{}, fmt.Errorf("dynamodbdriver: creating table %s: a table of this name %w: %w", name,
			provision.ErrDeleting, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("dynamodbdriver: whose is table %s? %w", name, err)
	}
	if err := c.CheckOwner(kinds.TableKind, aws.ToString(table.TableArn), tags); err != nil {
		return provision.State{}, err
	}
	if table.TableStatus == types.TableStatusDeleting {
		return provision.State{}, fmt.Errorf("dynamodbdriver: table %s %w", name, provision.ErrDeleting)
	}
	if changed := differences(t, table); existed && len(changed) > 0 {
		return provision.State{}, fmt.Errorf("dynamodbdriver: table %s of node %q exists, is ours, and has other settings than the "+
			"blueprint says: %s; somebody changed it by hand (put the settings back, or terminate the environment and deploy again)",
			name, c.Node, strings.Join(changed, ", "))
	}
	s := stateOf(table)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// see describes a table that is there, and reads its tags. Either may not be seen for a moment if the table is new.
func (d *Driver) see(ctx context.Context, name string) (table *types.TableDescription, tags map[string]string, err error) {
	passes := func(err error) bool { return unknown(err) || errors.Is(err, errNoTags) }
	err = d.retry(ctx, d.opts.Appear, passes, func() error {
		if table, err = d.describe(ctx, name); err != nil {
			return err
		}
		tags, err = d.tags(ctx, aws.ToString(table.TableArn))
		if err == nil && len(tags) == 0 {
			return errNoTags
		}
		return err
	})
	if errors.Is(err, errNoTags) {
		err = nil // then it has none, and is not ours
	}
	return table, tags, err
}

func (d *Driver) describe(ctx context.Context, name string) (*types.TableDescription, error) {
	out, err := d.api.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
	if err != nil {
		return nil, fmt.Errorf("describing it: %w", err)
	}
	return out.Table, nil
}

// tags reads all tags of a table, page by page, and waits until DynamoDB allows it.
func (d *Driver) tags(ctx context.Context, arn string) (map[string]string, error) {
	var tags []types.Tag
	in := &dynamodb.ListTagsOfResourceInput{ResourceArn: aws.String(arn)}
	for {
		if err := d.tagCalls.Wait(ctx); err != nil {
			return nil, fmt.Errorf("reading its tags: %w", err)
		}
		out, err := d.api.ListTagsOfResource(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("reading its tags: %w", err)
		}
		tags = append(tags, out.Tags...)
		if aws.ToString(out.NextToken) == "" {
			return taglist.Map(tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }), nil
		}
		in.NextToken = out.NextToken
	}
}

// differences says which settings of a table are not the blueprint's. Protection that somebody has added is none: whoever did
// that meant it.
func differences(t kinds.Table, is *types.TableDescription) (changed []string) {
	note := func(what, is, want string) {
		if is != want {
			changed = append(changed, fmt.Sprintf("%s is %s, not %s", what, is, want))
		}
	}
	billing := types.BillingModeProvisioned
	if is.BillingModeSummary != nil {
		billing = is.BillingModeSummary.BillingMode
	}
	note("the billing mode", string(billing), string(billingOf(t)))
	if t.DeletionProtection && !aws.ToBool(is.DeletionProtectionEnabled) {
		note("deletion protection", "off", "on")
	}
	stream := ""
	if s := is.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) {
		stream = string(s.StreamViewType)
	}
	note("the stream", fmt.Sprintf("%q", stream), fmt.Sprintf("%q", t.Stream))
	return changed
}

package ec2driver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// groupBlocker finds out what EC2 keeps to itself when it says DependencyViolation: which network interface carries the
// group, or which other group has a rule that names it. A rule that is not ours is named and left alone. It returns "" if
// there is nothing to be seen, be it that it has just gone.
func (d *Driver) groupBlocker(ctx context.Context, s provision.State) string {
	if blocker, err := d.interfaceWith(ctx, s.ID); err != nil || blocker != "" {
		return orUnseen(blocker, "network interfaces", err)
	}
	blocker, err := d.ruleWith(ctx, s)
	return orUnseen(blocker, "the rules of other security groups", err)
}

func orUnseen(blocker, what string, err error) string {
	if err != nil {
		return fmt.Sprintf("something that could not be looked up among %s (%v)", what, err)
	}
	return blocker
}

func (d *Driver) interfaceWith(ctx context.Context, group string) (string, error) {
	pages := ec2.NewDescribeNetworkInterfacesPaginator(d.api, &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{filter("group-id", group)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if err != nil {
			return "", err
		}
		for _, eni := range page.NetworkInterfaces {
			return describeInterface(eni), nil
		}
	}
	return "", nil
}

// describeInterface names the interface and what it belongs to: an instance, or in words of the service that made it,
// e.g. "ELB app/shop/50dc6c495c0c9188".
func describeInterface(eni types.NetworkInterface) string {
	text := "network interface " + aws.ToString(eni.NetworkInterfaceId)
	switch {
	case eni.Attachment != nil && aws.ToString(eni.Attachment.InstanceId) != "":
		text += " of instance " + aws.ToString(eni.Attachment.InstanceId)
	case aws.ToString(eni.Description) != "":
		text += fmt.Sprintf(" (%s)", aws.ToString(eni.Description))
	}
	return text
}

func (d *Driver) ruleWith(ctx context.Context, s provision.State) (string, error) {
	for _, direction := range []struct{ filter, word string }{
		{"ip-permission.group-id", "an ingress rule"},
		{"egress.ip-permission.group-id", "an egress rule"},
	} {
		for g, err := range d.groups(ctx, []types.Filter{filter(direction.filter, s.ID)}) {
			if err != nil {
				return "", err
			}
			if aws.ToString(g.GroupId) == s.ID {
				continue // a group's rules about itself go with it
			}
			text := fmt.Sprintf("%s of security group %s (%s)", direction.word, aws.ToString(g.GroupId), aws.ToString(g.GroupName))
			if o := (provision.Owner{Registry: s.Owner.Registry}); !o.Matches(tagMap(g.Tags)) {
				text += ", which is not ours and is left alone; delete the rule"
			}
			return strings.TrimSpace(text), nil
		}
	}
	return "", nil
}

package ec2driver

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const (
	// maxTemplateName is the longest name of a launch template. The documentation says 128, but EC2 has refused more than
	// 125 with a message that says so.
	maxTemplateName = 125
	// maxTemplatePage is the largest page of launch templates.
	maxTemplatePage = 200
	// onlyVersion is the version that a template is made with. EC2 never changes a version.
	onlyVersion = "1"
)

// createTemplate makes a launch template or finds the one that an earlier call made.
//
// Its name makes it one. The client token is left to the SDK, which takes a new one for each call and repeats it when it
// repeats the request after a lost reply; one of ours would outlive the template, and give back the id of one that was
// deleted.
func (d *Driver) createTemplate(ctx context.Context, c provision.Call, spec kinds.LaunchTemplate) (provision.State, error) {
	name := c.Name(maxTemplateName, "")
	run, err := d.runInput(ctx, c, spec.Instance())
	if err != nil {
		// The image may be gone by now if the template is there already.
		template, _ := d.describeTemplate(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{name}})
		if template != nil {
			return adoptTemplate(c, template)
		}
		return provision.State{}, fmt.Errorf("ec2driver: node %q: %w", c.Node, err)
	}
	out, err := d.api.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(name),
		LaunchTemplateData: templateData(run),
		TagSpecifications:  []types.TagSpecification{tagSpec(types.ResourceTypeLaunchTemplate, name, c.Tags())},
	}, d.patient)
	var template *types.LaunchTemplate
	switch {
	case err == nil:
		template, err = d.templateVisible(ctx, &ec2.DescribeLaunchTemplatesInput{
			LaunchTemplateIds: []string{aws.ToString(out.LaunchTemplate.LaunchTemplateId)},
		})
	case hasCode(err, codeTemplateExists):
		template, err = d.templateVisible(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{name}})
	}
	if err != nil {
		return provision.State{}, fmt.Errorf("ec2driver: create launch template %s: %w", name, err)
	}
	return adoptTemplate(c, template)
}

// adoptTemplate returns a template that is there if it is ours.
func adoptTemplate(c provision.Call, template *types.LaunchTemplate) (provision.State, error) {
	if err := c.CheckOwner(kinds.LaunchTemplateKind, aws.ToString(template.LaunchTemplateId), tagMap(template.Tags)); err != nil {
		return provision.State{}, err
	}
	s, _ := templateState(template)
	return s, nil
}

// templateVisible waits until EC2 knows a template that it has just made, or has just called a name's owner. Tags that do
// not show up within maxLag fail the ownership check.
func (d *Driver) templateVisible(ctx context.Context, in *ec2.DescribeLaunchTemplatesInput) (*types.LaunchTemplate, error) {
	template, err := d.templateKnown(ctx, in)
	if err != nil || len(template.Tags) > 0 {
		return template, err
	}
	err = d.poll(ctx, min(d.opts.Visible, maxLag), func() (bool, error) {
		again, err := d.describeTemplate(ctx, in)
		if again != nil {
			template = again
		}
		return len(template.Tags) > 0, err
	})
	if errors.Is(err, errLate) {
		err = nil
	}
	return template, err
}

func (d *Driver) templateKnown(ctx context.Context, in *ec2.DescribeLaunchTemplatesInput) (*types.LaunchTemplate, error) {
	var template *types.LaunchTemplate
	err := d.poll(ctx, d.opts.Visible, func() (done bool, err error) {
		template, err = d.describeTemplate(ctx, in)
		return template != nil, err
	})
	if errors.Is(err, errLate) {
		err = fmt.Errorf("EC2 does not know it: %w", err)
	}
	return template, err
}

// describeTemplate returns a template, or nil if EC2 does not know it.
func (d *Driver) describeTemplate(ctx context.Context, in *ec2.DescribeLaunchTemplatesInput) (*types.LaunchTemplate, error) {
	out, err := d.api.DescribeLaunchTemplates(ctx, in, d.patient)
	if hasCode(err, codeTemplateIDNotFound, codeTemplateNameNotFound) {
		return nil, nil
	}
	if err != nil || len(out.LaunchTemplates) == 0 {
		return nil, err
	}
	return &out.LaunchTemplates[0], nil
}

func (d *Driver) templateWithID(ctx context.Context, id string) (*types.LaunchTemplate, error) {
	return d.describeTemplate(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{id}})
}

// awaitTemplate returns as soon as EC2 knows a template: nothing else happens to it.
func (d *Driver) awaitTemplate(ctx context.Context, s provision.State) (provision.State, error) {
	template, err := d.templateKnown(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{s.ID}})
	switch {
	case errors.Is(err, errLate):
		return provision.State{}, fmt.Errorf("ec2driver: launch template %s: %w: %w", s.ID, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("ec2driver: describe launch template %s: %w", s.ID, err)
	}
	ready, ok := templateState(template)
	if !ok || !ours(s, tagMap(template.Tags)) {
		return provision.State{}, foreign(s, tagMap(template.Tags))
	}
	return ready, nil
}

func (d *Driver) findTemplates(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if o.Registry == "" {
			return
		}
		pages := ec2.NewDescribeLaunchTemplatesPaginator(d.api, &ec2.DescribeLaunchTemplatesInput{
			Filters:    owned(o),
			MaxResults: aws.Int32(maxTemplatePage),
		})
		on := func(page *ec2.DescribeLaunchTemplatesOutput) []types.LaunchTemplate { return page.LaunchTemplates }
		for template, err := range each(ctx, d, pages, on) {
			if err != nil {
				yield(provision.State{}, fmt.Errorf("ec2driver: list launch templates: %w", err))
				return
			}
			if s, ok := templateState(&template); ok && o.Matches(tagMap(template.Tags)) && !yield(s, nil) {
				return
			}
		}
	}
}

// templateState reports false if the template's tags are not ours. Should somebody have added versions to the template,
// its outputs still name the one that we made.
func templateState(t *types.LaunchTemplate) (provision.State, bool) {
	s := provision.State{
		Kind: kinds.LaunchTemplateKind,
		ID:   aws.ToString(t.LaunchTemplateId),
		Name: aws.ToString(t.LaunchTemplateName),
		Outputs: map[string]provision.Value{
			"ID":      provision.TextValue(aws.ToString(t.LaunchTemplateId)),
			"Name":    provision.TextValue(aws.ToString(t.LaunchTemplateName)),
			"Version": provision.TextValue(onlyVersion),
		},
	}
	ok := provision.StateOwner(&s, tagMap(t.Tags))
	return s, ok
}

// deleteTemplate deletes a template that is still ours. Its id is never given to another. Nothing keeps a template: a group
// that uses it can launch no more, and it is not asked to once it is being deleted itself.
func (d *Driver) deleteTemplate(ctx context.Context, s provision.State) error {
	template, err := d.templateWithID(ctx, s.ID)
	switch {
	case err != nil:
		return fmt.Errorf("ec2driver: describe launch template %s: %w", s.ID, err)
	case template == nil:
		return nil
	case !ours(s, tagMap(template.Tags)):
		return foreign(s, tagMap(template.Tags))
	}
	_, err = d.api.DeleteLaunchTemplate(ctx, &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: template.LaunchTemplateId}, d.patient)
	if err != nil && !hasCode(err, codeTemplateIDNotFound) {
		return fmt.Errorf("ec2driver: delete launch template %s: %w", s.ID, err)
	}
	return nil
}

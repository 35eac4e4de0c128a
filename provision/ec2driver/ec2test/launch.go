package ec2test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Launch is what a service that launches instances from launch templates, such as EC2 Auto Scaling, asks of EC2 behind the
// scenes. It is an alias, so that a simulation of such a service can speak of it without importing this package.
type Launch = struct {
	Region   string
	Template string            // id or name of a launch template
	Version  string            // a number, "$Latest" or "$Default"
	Subnet   string            // where to; "" for the default subnet of Zone
	Zone     string            // where to; "" for that of Subnet
	Tags     map[string]string // of the instance, over those of the template; "aws:" tags may be among them
	DryRun   bool              // only check
}

// Launch launches an instance from a launch template, and returns its id and availability zone. With DryRun it checks all
// that EC2 would, and returns the zone. An error has EC2's code and message.
func (e *EC2) Launch(l Launch) (instance, zone string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.world(l.Region)
	w.settle(time.Now())
	run, err := w.fromTemplate(l)
	if err != nil {
		return "", "", err
	}
	plan, err := w.planLaunch(run)
	if err != nil {
		return "", "", err
	}
	zone = aws.ToString(plan.subnet.AvailabilityZone)
	if l.DryRun {
		return "", zone, nil
	}
	tags := tagMap(plan.tags[types.ResourceTypeInstance])
	maps.Copy(tags, l.Tags)
	plan.tags[types.ResourceTypeInstance] = tagList(tags)
	return w.launch(plan, w.id("r")).id, zone, nil
}

// fromTemplate makes the request for one instance.
func (w *world) fromTemplate(l Launch) (*ec2.RunInstancesInput, error) {
	t, err := w.template(&l.Template, nil)
	if err != nil {
		if named, notNamed := w.template(nil, &l.Template); notNamed == nil {
			t, err = named, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"1", "$Latest", "$Default", ""}, l.Version) {
		return nil, refuse("InvalidLaunchTemplateId.VersionNotFound",
			fmt.Sprintf("Could not find the specified version %s for the launch template with ID %s.", l.Version, t.id))
	}
	run, err := runInput(sim.Clone(t.data))
	if err != nil {
		return nil, err
	}
	subnet := l.Subnet
	if subnet == "" {
		if subnet = w.defaultSubnet(l.Zone); subnet == "" {
			return nil, refuse("MissingInput", fmt.Sprintf("No default subnet for availability zone: '%s'.", l.Zone))
		}
	}
	if len(run.NetworkInterfaces) > 0 {
		run.NetworkInterfaces[0].SubnetId = aws.String(subnet)
	} else {
		run.SubnetId = aws.String(subnet)
	}
	return run, nil
}

func (w *world) defaultSubnet(zone string) string {
	for _, s := range w.subnets {
		if *s.DefaultForAz && *s.AvailabilityZone == zone {
			return *s.SubnetId
		}
	}
	return ""
}

// Terminate is a service such as EC2 Auto Scaling terminating one of its instances. Termination protection does not keep
// it from that.
func (e *EC2) Terminate(region, instance string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.world(region)
	if i := w.instances[instance]; i != nil {
		i.die("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
	}
	w.settle(time.Now())
}

// InstanceState returns the state of an instance, such as "running", and why it is so if EC2 tells. Both are empty if EC2
// has forgotten it.
func (e *EC2) InstanceState(region, instance string) (state, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.world(region)
	w.settle(time.Now())
	i := w.instances[instance]
	if i == nil {
		return "", ""
	}
	if i.reason != nil {
		reason = aws.ToString(i.reason.Code) + ": " + aws.ToString(i.reason.Message)
	}
	return string(i.state(w)), reason
}

// LaunchTemplates returns all launch templates, also those whose ids have not got around yet, in order of their creation.
func (e *EC2) LaunchTemplates() []types.LaunchTemplate {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	var all []types.LaunchTemplate
	for _, t := range inOrder(w.templates, templateSeq) {
		shown := w.showTemplate(t)
		shown.Tags = t.tags
		all = append(all, shown)
	}
	return sim.Clone(all)
}

// LaunchTemplateData returns what is in a launch template, or nil if there is none of that id.
func (e *EC2) LaunchTemplateData(id string) *types.RequestLaunchTemplateData {
	e.mu.Lock()
	defer e.mu.Unlock()
	if t := e.home().templates[id]; t != nil {
		return sim.Clone(t.data)
	}
	return nil
}

// AddLaunchTemplate makes somebody's launch template of that very name, with these tags, and returns its id.
func (e *EC2) AddLaunchTemplate(name string, tags map[string]string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	t := &template{
		age: age{seq: w.next()}, id: w.id("lt"), name: name, tags: tagList(tags),
		data: &types.RequestLaunchTemplateData{
			ImageId: e.opts.Images[0].ImageId, InstanceType: types.InstanceType(e.opts.InstanceTypes[0]),
		},
	}
	w.templates[t.id] = t
	return t.id
}
